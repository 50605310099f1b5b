import { useState } from 'preact/hooks'
import { Logo } from '../parts/icons'
import { session } from './session'

/** Asks for a token. It stays in this tab, and is sent to this server alone. */
export function SignIn() {
  const [token, setToken] = useState('')
  const wasRefused = session.token.value !== ''
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
        <p class="dim">
          This server needs a token with the role <code>read</code>; with <code>admin</code> there is also its administration.
        </p>
        {wasRefused && (
          <p class="drop" role="alert">
            The server does not take this token. It may have been replaced, or belong to another server.
          </p>
        )}
        <label class="field">
          Token
          <input type="password" autocomplete="off" value={token} onInput={event => setToken(event.currentTarget.value)} autofocus />
        </label>
        <button type="submit" class="primary" disabled={!token.trim()}>
          Sign in
        </button>
        <p class="dim">It is kept until this tab is closed.</p>
      </form>
    </div>
  )
}
