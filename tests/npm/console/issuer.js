// An issuer of OpenID Connect for the walks: oidc-provider, certified by the OpenID Foundation, with one public client and users of any name.
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { Provider } from 'oidc-provider'

const audience = 'urn:kguardian'

/** Starts it. Its users have the role read. */
export async function issue(port, redirects) {
  const address = `http://127.0.0.1:${port}`
  const keys = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(keys.privateKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  const provider = new Provider(address, {
    clients: [
      {
        client_id: 'console',
        token_endpoint_auth_method: 'none',
        redirect_uris: redirects.map(root => new URL('console/signed-in', root).href),
        post_logout_redirect_uris: redirects.map(root => new URL('console/', root).href),
      },
    ],
    jwks: { keys: [jwk] },
    cookies: { keys: ['only for tests'] },
    pkce: { required: () => true },
    clientBasedCORS: () => true,
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    extraTokenClaims: (_, token) => ({ preferred_username: token.accountId, roles: ['kguardian-read'] }),
    features: {
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: 'openid', audience, accessTokenFormat: 'jwt', accessTokenTTL: 600 }),
      },
    },
    // Asks for nothing but a name: whoever signs in agrees.
    loadExistingGrant: async context => {
      const grant = new context.oidc.provider.Grant({ clientId: context.oidc.client.clientId, accountId: context.oidc.session.accountId })
      grant.addOIDCScope('openid')
      grant.addResourceScope(audience, 'openid')
      await grant.save()
      return grant
    },
  })
  const server = createServer(provider.callback())
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return {
    address,
    /** A token of a user that was right until an hour ago. */
    expired: name => {
      const now = Math.floor(Date.now() / 1000)
      return new SignJWT({ preferred_username: name, roles: ['kguardian-read'] })
        .setProtectedHeader({ alg: 'RS256', kid: 'one' })
        .setIssuer(address)
        .setAudience(audience)
        .setSubject(name)
        .setIssuedAt(now - 7200)
        .setExpirationTime(now - 3600)
        .sign(keys.privateKey)
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
