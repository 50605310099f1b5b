import { computed, signal } from '@preact/signals'
import type { Issuer } from './oidc'

const [tokenKey, issuerKey] = ['kguardian-token', 'kguardian-issuer']

/** Kept for as long as the tab is open, and never in an address. */
const stored = (key: string): string => {
  try {
    return sessionStorage.getItem(key) ?? ''
  } catch {
    return ''
  }
}

const store = (key: string, value: string): void => {
  try {
    if (value) sessionStorage.setItem(key, value)
    else sessionStorage.removeItem(key)
  } catch {
    /* Then it lasts until the page is loaded again. */
  }
}

/** Who issued the token, its ID token for the way out, and whether the server has ever taken the token: one that expired is asked for anew, once. */
export interface Issued {
  issuer: Issuer
  idToken: string
  wasTaken?: boolean
}

const token = signal(typeof sessionStorage === 'undefined' ? '' : stored(tokenKey))
const issued = signal<Issued | null>(typeof sessionStorage === 'undefined' ? null : (JSON.parse(stored(issuerKey) || 'null') as Issued | null))
const who = signal<{ name: string; roles: string[] } | null>(null)
/** Whether the server asked for a token, or refused the one that it got. */
const isAsked = signal(false)

const keep = (one: Issued | null): void => {
  issued.value = one
  store(issuerKey, one ? JSON.stringify(one) : '')
}

export const session = {
  token,
  issued,
  who,
  isAsked,
  isAdmin: computed(() => who.value?.roles.includes('admin') ?? false),
  /** Whether there is a token at all: a server without tokens needs none. */
  isSignedIn: computed(() => token.value !== ''),
  refused(): void {
    isAsked.value = true
  },
  /** The server knows who this is. */
  taken(by: { name: string; roles: string[] } | null): void {
    who.value = by
    if (by && issued.value && !issued.value.wasTaken) keep({ ...issued.value, wasTaken: true })
  },
  signIn(given: string, by: Issued | null = null): void {
    keep(by)
    token.value = given.trim()
    store(tokenKey, token.value)
    isAsked.value = false
  },
  signOut(): void {
    const by = issued.value
    token.value = ''
    who.value = null
    store(tokenKey, '')
    keep(null)
    isAsked.value = true
    // The issuer's own session would sign in again without a question.
    if (by)
      void import('./oidc').then(({ leaving }) => {
        const url = leaving(by.issuer, by.idToken)
        if (url) location.assign(url)
      })
  },
}
