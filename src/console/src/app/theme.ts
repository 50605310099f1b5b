import { effect, signal } from '@preact/signals'

export type Theme = 'system' | 'light' | 'dark'

const key = 'kguardian-theme'
const known = (text: string | null): Theme => (text === 'light' || text === 'dark' ? text : 'system')

const kept = (): Theme => {
  try {
    return known(localStorage.getItem(key))
  } catch {
    return 'system'
  }
}

export const theme = signal<Theme>(kept())
const system = matchMedia('(prefers-color-scheme: dark)')
const systemIsDark = signal(system.matches)
system.addEventListener('change', event => {
  systemIsDark.value = event.matches
})

/** Whether it is dark now: what canvases cannot learn from the style sheet. */
export const isDark = (): boolean => theme.value === 'dark' || (theme.value === 'system' && systemIsDark.value)

effect(() => {
  document.documentElement.dataset.theme = theme.value
  try {
    localStorage.setItem(key, theme.value)
  } catch {
    /* Then it is chosen anew next time. */
  }
})

/** The value of a custom property of the style sheet as it is now, as a colour that canvases understand. */
export function colour(name: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${name})`
  document.body.append(probe)
  const value = getComputedStyle(probe).color
  probe.remove()
  return value
}
