import type { Series } from '../plots/series'

/** Points of every step of a window: what the server leaves out is none. */
export function fill(points: { at: number; value: number }[], step: number, window: { from: number; to: number }): { at: number; value: number }[] {
  const known = new Map(points.map(point => [point.at, point.value]))
  // Steps begin at whole multiples; those of weeks on Mondays, as the server counts: then its own first point leads.
  const first = points[0] ? points[0].at - Math.floor((points[0].at - window.from) / step) * step : Math.floor(window.from / step) * step
  const begin = first > window.from ? first - step : first
  const filled = []
  for (let at = begin; at < window.to && filled.length < 2000; at += step) filled.push({ at, value: known.get(at) ?? 0 })
  return filled
}

/** What was let through: all but the dropped ones, step by step. */
export const without = (all: Series['points'], some: Series['points']): Series['points'] =>
  all.map((point, i) => ({ at: point.at, value: Math.max(0, point.value - (some[i]?.value ?? 0)) }))
