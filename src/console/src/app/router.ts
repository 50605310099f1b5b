import { computed, signal } from '@preact/signals'

/** Where the console is: the folder above that of its scripts. */
export const consoleRoot = import.meta.env.PROD ? new URL(/* @vite-ignore */ '..', import.meta.url) : new URL('/', location.href)

/** Where the API is: above the console, under whatever prefix both are seen. */
export const serverRoot = import.meta.env.PROD ? new URL('..', consoleRoot) : consoleRoot

/** The URL is the whole state of a view: its page, and its parameters. */
export interface Place {
  page: string
  params: URLSearchParams
}

const read = (): Place => ({ page: location.pathname.slice(consoleRoot.pathname.length) || 'overview', params: new URLSearchParams(location.search) })

export const place = signal<Place>(typeof location === 'undefined' ? { page: 'overview', params: new URLSearchParams() } : read())

export const page = computed(() => place.value.page)

/** A parameter of the view; '' where there is none. */
export const param = (name: string): string => place.value.params.get(name) ?? ''

type Params = Record<string, string | number | null | undefined>

/** What every page shares: the window, and the zone that times are shown in. */
const shared = ['from', 'to', 'tz']

function query(params: URLSearchParams): string {
  // Readable in an address line: what browsers leave as it is stays so.
  const text = params.toString().replace(/%3A/g, ':').replace(/%2F/g, '/').replace(/%2C/g, ',')
  return text ? `?${text}` : ''
}

/** The address of a page, with the window that is chosen now and these parameters; relative, so right under any prefix. */
export function href(to: string, params: Params = {}, keep: string[] = shared): string {
  const next = new URLSearchParams()
  for (const name of keep) if (place.value.params.has(name)) next.set(name, place.value.params.get(name)!)
  for (const [name, value] of Object.entries(params)) {
    if (value === null || value === undefined || value === '') next.delete(name)
    else next.set(name, String(value))
  }
  return (to === 'overview' ? './' : to) + query(next)
}

/** Goes to an address as a link does. */
export function go(to: string, replace = false): void {
  const url = new URL(to, consoleRoot)
  if (replace) history.replaceState(null, '', url)
  else history.pushState(null, '', url)
  const before = place.value.page
  place.value = read()
  if (before !== place.value.page) window.scrollTo(0, 0)
}

/** Changes parameters of this view. */
export function set(params: Params, replace = false): void {
  go(href(place.value.page, params, [...place.value.params.keys()]), replace)
}

export function listen(): void {
  window.addEventListener('popstate', () => {
    place.value = read()
  })
  document.addEventListener('click', event => {
    const link = (event.target as Element | null)?.closest?.('a')
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    if (link.target || link.hasAttribute('download') || !link.href.startsWith(consoleRoot.href)) return
    event.preventDefault()
    go(link.href)
  })
}
