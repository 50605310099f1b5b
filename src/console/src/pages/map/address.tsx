import { place } from '../../app/router'
import { resolved } from '../../app/window'
import { before } from '../../lib/time'

export type Level = 'namespace' | 'workload' | 'pod'

export type Metric = 'flows' | 'observations' | 'dropped'

/** What is compared with: the window before, or a day. */
export function earlierOf(text: string): { from: number; to: number } | null {
  const window = resolved.value
  if (!text || !window) return null
  if (text === 'before') return before(window)
  const begin = Date.parse(text)
  return Number.isNaN(begin) || begin >= window.from ? null : { from: begin, to: Math.min(begin + 86400e3, window.from) }
}

export const kept = (): string[] => [...place.value.params.keys()].filter(name => name !== 'cursor')
