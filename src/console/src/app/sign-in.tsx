import { useEffect, useState } from 'preact/hooks'
import { Logo } from '../parts/icons'
import { consoleRoot, go } from './router'
import { session } from './session'
import type { Issuer } from './oidc'

/** How people sign in here: null with tokens only, or the issuer; undefined until that is known. */
function useIssuer(): { issuer?: Issuer | null; problem: string } {
  const [found, setFound] = useState<{ issuer?: Issuer | null; problem: string }>({ problem: '' })
  useEffect(() => {
    fetch(new URL('sign-in.json', consoleRoot), { cache: 'no-store' })
      .then(async answer => {
        const body = (await answer.json()) as { oidc?: Issuer | null; detail?: string }
        setFound(answer.ok ? { issuer: body.oidc ?? null, problem: '' } : { issuer: null, problem: body.detail ?? `The server answered ${answer.status}.` })
      })
      .catch(() => setFound({ issuer: null, problem: '' }))
  }, [])
  return found
}

/** Asks for a token, or who it is at the issuer. A token stays in this tab, and is sent to this server alone. */
export function SignIn() {
  const [token, setToken] = useState('')
  const [failed, setFailed] = useState('')
  const { issuer, problem } = useIssuer()
  const wasRefused = session.token.value !== ''
  const isExpired = session.issued.value?.wasTaken ?? false
  const atIssuer = (): void => {
    if (issuer) void import('./oidc').then(({ begin }) => begin(issuer)).catch((cause: unknown) => setFailed(String(cause)))
  }
  // A token that was taken before has expired: the issuer, who knows this browser, gives another one without a question. One that was never taken would be
  // refused again, and again.
  useEffect(() => {
    if (isExpired && issuer) atIssuer()
  }, [issuer])
  return (
    <div class="signin">
      <form
        onSubmit={event => {
          event.preventDefault()
          if (token.trim()) session.signIn(token)
        }}
      >
        <div class="row">
          <Logo />
          <h1>KGuardian.Analytics</h1>
        </div>
        {issuer && (
          <button type="button" class="primary" onClick={atIssuer}>
            Sign in at {new URL(issuer.issuer).host}
          </button>
        )}
        <p class="dim">
          {issuer ? 'Or with a' : 'This server needs a'} token with the role <code>read</code>; with <code>admin</code> there is also its administration.
        </p>
        {(failed || problem) && (
          <p class="drop" role="alert">
            {failed || problem}
          </p>
        )}
        {wasRefused && !failed && (
          <p class="drop" role="alert">
            {session.issued.value
              ? isExpired
                ? 'The sign-in has expired. It is renewed.'
                : 'The server does not take the token of the issuer: it is for somebody else, or has no role here (Auth:OidcAudience, Auth:OidcRoleClaim).'
              : 'The server does not take this token. It may have been replaced, or belong to another server.'}
          </p>
        )}
        <label class="field">
          Token
          <input type="password" autocomplete="off" value={token} onInput={event => setToken(event.currentTarget.value)} autofocus={!issuer} />
        </label>
        <button type="submit" class={issuer ? '' : 'primary'} disabled={!token.trim()}>
          Sign in
        </button>
        <p class="dim">It is kept until this tab is closed.</p>
      </form>
    </div>
  )
}

/** Where the issuer sends people back to: takes what it says, and goes on where they were. */
export function SignedIn() {
  const [problem, setProblem] = useState('')
  useEffect(() => {
    import('./oidc').then(({ finish, failure }) => finish().then(back => go(back || './', true), (cause: unknown) => setProblem(failure(cause)))).catch(
      (cause: unknown) => setProblem(String(cause)),
    )
  }, [])
  return (
    <div class="signin">
      <div class="state" role={problem ? 'alert' : 'status'}>
        <h1>{problem ? 'This sign-in cannot be taken' : 'Signing in …'}</h1>
        {problem && <p>{problem}</p>}
        {problem && <a href="./">Sign in again</a>}
      </div>
    </div>
  )
}
