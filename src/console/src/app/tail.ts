import { address } from '../api/client'
import { away, Problem, problemOf } from '../api/problem'
import { reader } from '../lib/sse'
import { session } from './session'

export interface TailState {
  state: 'opening' | 'open' | 'waiting' | 'ended'
  problem?: Problem
}

/** Heartbeats come every 15 s: after two and a half of them the connection is dead, as behind a machine's sleep. */
const silence = 38_000

/**
 * Follows new flows. It goes on behind the last event whenever the connection ends, so that nothing is missed and nothing comes twice; it gives up on what
 * trying again cannot mend.
 */
export function follow(
  params: { filter: string; from: string; cursor: string },
  onRows: (rows: Record<string, string | null>[], cursor: string) => void,
  onState: (state: TailState) => void,
): () => void {
  let cursor = params.cursor
  let isOver = false
  let abort = new AbortController()
  let wait = 1000
  let wake: (() => void) | undefined
  const pause = (ms: number): Promise<void> =>
    new Promise(resolve => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  const once = async (): Promise<void> => {
    abort = new AbortController()
    let watch = setTimeout(() => abort.abort(), silence)
    const heard = (): void => {
      clearTimeout(watch)
      watch = setTimeout(() => abort.abort(), silence)
    }
    try {
      const token = session.token.value
      const answer = await fetch(
        address('/api/v1/flows/tail', { filter: params.filter, ...(cursor ? { cursor } : params.from ? { from: params.from } : {}) }),
        { headers: { Accept: 'text/event-stream', ...(token && { Authorization: `Bearer ${token}` }) }, signal: abort.signal, cache: 'no-store' },
      )
      if (!answer.ok) {
        if (answer.status === 401) session.refused()
        throw problemOf(answer.status, await answer.json().catch(() => ''), answer.headers.get('Retry-After'))
      }
      onState({ state: 'open' })
      wait = 1000
      const read = reader()
      for (const stream = answer.body!.pipeThrough(new TextDecoderStream()).getReader(); ;) {
        const { value, done } = await stream.read()
        if (done) return
        heard()
        const events = read(value)
        cursor = events.findLast(event => event.id)?.id ?? cursor
        const rows = events.filter(event => event.event === 'flow').map(event => JSON.parse(event.data) as Record<string, string | null>)
        if (rows.length > 0 || events.length > 0) onRows(rows, cursor)
      }
    } finally {
      clearTimeout(watch)
    }
  }

  const run = async (): Promise<void> => {
    while (!isOver) {
      onState({ state: 'opening' })
      try {
        await once()
      } catch (cause) {
        if (isOver) return
        const problem = cause instanceof Problem ? cause : away(cause)
        const isHopeless = problem.status >= 400 && problem.status < 500 && problem.status !== 429
        onState({ state: isHopeless ? 'ended' : 'waiting', problem })
        if (isHopeless) return
      }
      if (isOver) return
      await pause(wait)
      wait = Math.min(15_000, wait * 2)
    }
  }

  // Behind a sleep nobody waits for the rest of a pause.
  const onWake = (): void => {
    if (document.visibilityState === 'visible') wake?.()
  }
  window.addEventListener('online', onWake)
  document.addEventListener('visibilitychange', onWake)
  void run()
  return () => {
    isOver = true
    abort.abort()
    wake?.()
    window.removeEventListener('online', onWake)
    document.removeEventListener('visibilitychange', onWake)
  }
}
