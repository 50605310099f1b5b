/** An answer that is none: what went wrong, and where, as far as the server says it. Its families write errors in several styles; all say it in a sentence. */
export class Problem extends Error {
  /** 0 when no answer came at all. */
  readonly status: number
  readonly title: string
  /** The parameter at fault. */
  readonly parameter?: string
  /** The character of it, from 0. */
  readonly position?: number
  readonly suggestion?: string
  readonly allowed?: string
  /** The line of a document at fault. */
  readonly line?: number
  /** Seconds to wait. */
  readonly retryAfter?: number

  constructor(status: number, title: string, detail: string, more: Partial<Problem> = {}) {
    super(detail)
    this.status = status
    this.title = title
    Object.assign(this, more)
  }
}

const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

export function problemOf(status: number, body: unknown, retryAfter: string | null): Problem {
  const wait = retryAfter && /^\d+$/.test(retryAfter) ? Number(retryAfter) : undefined
  if (typeof body === 'string')
    return new Problem(status, `The server answered ${status}`, body.slice(0, 2000) || 'It said nothing more.', { retryAfter: wait })
  const one = (body ?? {}) as Record<string, unknown>
  const nested = (one.error ?? {}) as Record<string, unknown>
  const [first] = Array.isArray(one.details) ? (one.details as Record<string, unknown>[]) : []
  const detail = text(one.detail) ?? text(one.message) ?? text(one.error) ?? text(nested.message) ?? 'It said nothing more.'
  return new Problem(status, text(one.title) ?? `The server answered ${status}`, detail, {
    parameter: text(one.parameter) ?? text(first?.field),
    position: number(one.position),
    suggestion: text(one.suggestion),
    allowed: text(one.allowed),
    line: number(one.line),
    retryAfter: wait,
  })
}

/** The server is not there, or something between it and the browser is not. */
export const away = (cause: unknown): Problem =>
  new Problem(
    0,
    'The server cannot be reached',
    `No answer came (${cause instanceof Error ? cause.message : String(cause)}). It may be starting, or the network is away.`,
  )
