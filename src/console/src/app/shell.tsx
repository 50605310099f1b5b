import type { ComponentChildren } from 'preact'
import { Icon, Logo } from '../parts/icons'
import { ViewsMenu } from '../parts/views-menu'
import { WindowPicker } from '../parts/window-picker'
import { href, page, serverRoot } from './router'
import { session } from './session'
import { theme, type Theme } from './theme'

export const pages: [string, string, ((isAdmin: boolean) => boolean)?][] = [
  ['overview', 'Overview'],
  ['flows', 'Flows'],
  ['map', 'Map'],
  ['live', 'Live'],
  ['policies', 'Policies'],
  ['events', 'Events'],
  ['admin', 'Administration', isAdmin => isAdmin],
]

export function Shell({ children }: { children: ComponentChildren }) {
  const themes: Theme[] = ['system', 'light', 'dark']
  return (
    <div class="frame">
      <a
        class="skip"
        href="#main"
        onClick={event => {
          event.preventDefault()
          document.getElementById('main')?.focus()
        }}
      >
        To the content
      </a>
      <header class="rail">
        <a class="brand" href={href('overview')}>
          <Logo />
          <span>
            KGuardian<small>Analytics</small>
          </span>
        </a>
        <nav aria-label="Pages">
          {pages
            .filter(([, , isFor]) => !isFor || isFor(session.isAdmin.value))
            .map(([name, text]) => (
              <a key={name} href={href(name)} aria-current={page.value === name ? 'page' : undefined}>
                <Icon name={name} />
                {text}
              </a>
            ))}
        </nav>
        <div class="foot">
          <div class="who">{session.who.value?.name === 'anyone' ? 'No sign-in needed' : session.who.value?.name}</div>
          <div class="line">
            <label>
              <span class="visually-hidden">Theme</span>
              <select
                value={theme.value}
                onChange={event => {
                  theme.value = event.currentTarget.value as Theme
                }}
              >
                {themes.map(one => (
                  <option key={one} value={one}>
                    {one === 'system' ? 'System' : one === 'light' ? 'Light' : 'Dark'}
                  </option>
                ))}
              </select>
            </label>
            <a href={new URL('openapi', serverRoot).href} target="_blank" rel="noreferrer">
              API
            </a>
            {session.isSignedIn.value && (
              <button type="button" class="quiet" onClick={session.signOut}>
                Sign out
              </button>
            )}
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  )
}

/** A page's title, what it is of, and the window. */
export function Head({
  title,
  sub,
  zoneOnly,
  children,
}: {
  title: ComponentChildren
  sub?: ComponentChildren
  zoneOnly?: boolean
  children?: ComponentChildren
}) {
  return (
    <div class="head">
      <h1>{title}</h1>
      {sub && <span class="sub">{sub}</span>}
      {children}
      {page.value !== 'admin' && <ViewsMenu />}
      <WindowPicker zoneOnly={zoneOnly} />
    </div>
  )
}
