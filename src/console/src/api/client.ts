import createClient, { type Middleware } from 'openapi-fetch'
import { serverRoot } from '../app/router'
import { session } from '../app/session'
import { away, Problem, problemOf } from './problem'
import type { paths } from './schema'

const authorize: Middleware = {
  onRequest({ request }) {
    const token = session.token.value
    if (token) request.headers.set('Authorization', `Bearer ${token}`)
    return request
  },
}

/** The API, typed by the server's own OpenAPI document. */
export const api = createClient<paths>({
  baseUrl: serverRoot.href.replace(/\/$/, ''),
  querySerializer: { array: { style: 'form', explode: false } },
  cache: 'no-store',
  referrerPolicy: 'no-referrer',
})
api.use(authorize)

/** What an answer covers, what it cost, and whether it is all. */
export interface Meta {
  from?: string
  to?: string
  cut: boolean
  rowsRead?: number
  bytesRead?: number
  /** Milliseconds until it was here. */
  took: number
  /** Whether it was kept, and how old it is in seconds. */
  age?: number
}

export interface Answer<T> {
  data: T
  meta: Meta
}

function metaOf(response: Response, began: number): Meta {
  const number = (name: string): number | undefined => (response.headers.has(name) ? Number(response.headers.get(name)) : undefined)
  return {
    from: response.headers.get('X-Window-From') ?? undefined,
    to: response.headers.get('X-Window-To') ?? undefined,
    cut: response.headers.get('X-Result-Cut') === 'true',
    rowsRead: number('X-Rows-Read'),
    bytesRead: number('X-Bytes-Read'),
    took: Math.round(performance.now() - began),
    age: response.headers.get('X-Cache') === 'hit' ? (number('Age') ?? 0) : undefined,
  }
}

type Fetched<T> = Promise<{ data?: T; error?: unknown; response: Response }>

/** An answer, or a Problem. */
export async function ask<T>(request: Fetched<T>): Promise<Answer<T>> {
  const began = performance.now()
  let fetched: Awaited<Fetched<T>>
  try {
    fetched = await request
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    // A body that is no JSON: a gateway's page, or an answer that was cut.
    throw cause instanceof SyntaxError ? new Problem(0, 'The answer cannot be read', `It is cut, or not from this server: ${cause.message}.`) : away(cause)
  }

  const { data, error, response } = fetched
  if (!response.ok) {
    if (response.status === 401) session.refused()
    throw problemOf(response.status, error, response.headers.get('Retry-After'))
  }

  return { data: data as T, meta: metaOf(response, began) }
}

/** The address of a route, for links that the browser follows itself. */
export function address(path: string, params: Record<string, string | undefined>): URL {
  const url = new URL(path.replace(/^\//, ''), serverRoot)
  for (const [name, value] of Object.entries(params)) if (value) url.searchParams.set(name, value)
  return url
}
