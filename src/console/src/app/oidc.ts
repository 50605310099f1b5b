import * as oauth from 'oauth4webapi'
import { consoleRoot } from './router'
import { session } from './session'

/** How people sign in at an issuer, as the server says: it has asked the issuer. */
export interface Issuer {
  issuer: string
  authorization_endpoint: string
  token_endpoint: string
  end_session_endpoint?: string | null
  id_token_signing_alg_values_supported: string[]
  client_id: string
  scope: string
}

/** What a sign-in that has begun must come back with, and where it goes on. */
interface Begun {
  issuer: Issuer
  state: string
  nonce: string
  verifier: string
  back: string
}

const key = 'kguardian-sign-in'
const page = 'signed-in'
const redirect = (): string => new URL(page, consoleRoot).href

const server = (issuer: Issuer): oauth.AuthorizationServer => ({
  issuer: issuer.issuer,
  authorization_endpoint: issuer.authorization_endpoint,
  token_endpoint: issuer.token_endpoint,
  id_token_signing_alg_values_supported: issuer.id_token_signing_alg_values_supported,
})

/** Where an issuer is asked who this is: authorization code with PKCE. What is shown now is where it goes on. */
export async function begin(issuer: Issuer): Promise<void> {
  const [state, nonce, verifier] = [oauth.generateRandomState(), oauth.generateRandomNonce(), oauth.generateRandomCodeVerifier()]
  const back = location.href.slice(consoleRoot.href.length)
  const begun: Begun = { issuer, state, nonce, verifier, back: back.startsWith(page) ? '' : back }
  sessionStorage.setItem(key, JSON.stringify(begun))
  const url = new URL(issuer.authorization_endpoint)
  for (const [name, value] of Object.entries({
    client_id: issuer.client_id,
    redirect_uri: redirect(),
    response_type: 'code',
    scope: issuer.scope,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }))
    url.searchParams.set(name, value)
  location.assign(url)
}

/**
 * Takes what the issuer sent back, once: the state must be that of this tab, the code is changed for tokens, the nonce must be in the ID token.
 * @returns Where it goes on, within the console.
 */
export async function finish(): Promise<string> {
  const kept = sessionStorage.getItem(key)
  sessionStorage.removeItem(key)
  if (!kept) throw new Error('This tab has begun no sign-in, or it was finished already.')
  const begun = JSON.parse(kept) as Begun
  const [as, client] = [server(begun.issuer), { client_id: begun.issuer.client_id }]
  const params = oauth.validateAuthResponse(as, client, new URL(location.href), begun.state)
  const answer = await oauth.authorizationCodeGrantRequest(as, client, oauth.None(), params, redirect(), begun.verifier, {
    // The server takes http of an issuer on its own machine alone.
    [oauth.allowInsecureRequests]: begun.issuer.token_endpoint.startsWith('http:'),
  })
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer, { expectedNonce: begun.nonce, requireIdToken: true })
  // One that is no JWT is for the issuer's own routes: the ID token says who it is.
  const token = tokens.access_token.split('.').length === 3 ? tokens.access_token : tokens.id_token!
  session.signIn(token, { issuer: begun.issuer, idToken: tokens.id_token! })
  return begun.back
}

/** What went wrong, as a sentence. */
export const failure = (cause: unknown): string =>
  cause instanceof oauth.AuthorizationResponseError
    ? `The issuer says: ${cause.error_description ?? cause.error}.`
    : cause instanceof oauth.ResponseBodyError
      ? `The issuer does not change the code for a token: ${cause.error_description ?? cause.error}.`
      : cause instanceof oauth.OperationProcessingError || cause instanceof oauth.UnsupportedOperationError
        ? `What came back is not what was asked for: ${cause.message}.`
        : cause instanceof TypeError
          ? `The issuer's token endpoint cannot be reached from this page (${cause.message}). It must allow this origin (CORS).`
          : cause instanceof Error
            ? cause.message
            : String(cause)

/** Where the issuer ends its own session; null where it says no such place. */
export function leaving(issuer: Issuer, idToken: string): URL | null {
  if (!issuer.end_session_endpoint) return null
  const url = new URL(issuer.end_session_endpoint)
  url.searchParams.set('id_token_hint', idToken)
  url.searchParams.set('client_id', issuer.client_id)
  url.searchParams.set('post_logout_redirect_uri', consoleRoot.href)
  return url
}
