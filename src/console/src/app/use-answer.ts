import { useEffect, useRef, useState } from 'preact/hooks'
import type { Answer } from '../api/client'
import { away, Problem } from '../api/problem'
import { session } from './session'
import { refreshed } from './window'

export interface Asked<T> {
  /** The last answer; while another is waited for it is still there. */
  answer?: Answer<T>
  problem?: Problem
  isLoading: boolean
  retry: () => void
}

/**
 * Asks when the key changes, and when everything is to be asked for again. An answer that is not waited for any more is left: its query ends with it.
 * @param key What the answer depends on; null asks nothing.
 */
export function useAnswer<T>(key: string | null, load: (signal: AbortSignal) => Promise<Answer<T>>): Asked<T> {
  const [state, setState] = useState<{ key?: string; answer?: Answer<T>; problem?: Problem; isLoading: boolean }>({ isLoading: key !== null })
  const [again, setAgain] = useState(0)
  const loader = useRef(load)
  loader.current = load
  const [tick, token] = [refreshed.value, session.token.value]
  useEffect(() => {
    if (key === null) {
      setState({ isLoading: false })
      return
    }

    const abort = new AbortController()
    setState(before => ({ ...before, isLoading: true }))
    loader.current(abort.signal).then(
      answer => {
        if (!abort.signal.aborted) setState({ key, answer, isLoading: false })
      },
      cause => {
        if (abort.signal.aborted) return
        setState({ key, problem: cause instanceof Problem ? cause : away(cause), isLoading: false })
      },
    )
    return () => abort.abort()
  }, [key, tick, again, token])
  return { answer: state.answer, problem: state.problem, isLoading: state.isLoading, retry: () => setAgain(last => last + 1) }
}
