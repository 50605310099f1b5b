import { computed, signal } from '@preact/signals'

const key = 'kguardian-token'

/** Kept for as long as the tab is open, and never in an address. */
const stored = (): string => {
  try {
    return sessionStorage.getItem(key) ?? ''
  } catch {
    return ''
  }
}

const token = signal(typeof sessionStorage === 'undefined' ? '' : stored())
const who = signal<{ name: string; roles: string[] } | null>(null)
/** Whether the server asked for a token, or refused the one that it got. */
const isAsked = signal(false)

export const session = {
  token,
  who,
  isAsked,
  isAdmin: computed(() => who.value?.roles.includes('admin') ?? false),
  /** Whether there is a token at all: a server without tokens needs none. */
  isSignedIn: computed(() => token.value !== ''),
  refused(): void {
    isAsked.value = true
  },
  signIn(given: string): void {
    token.value = given.trim()
    try {
      sessionStorage.setItem(key, token.value)
    } catch {
      /* Then it lasts until the page is loaded again. */
    }
    isAsked.value = false
  },
  signOut(): void {
    token.value = ''
    who.value = null
    try {
      sessionStorage.removeItem(key)
    } catch {
      /* It was never there. */
    }
    isAsked.value = true
  },
}
