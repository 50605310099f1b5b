/** Moments and windows, as the server reads them: -24h, now-24h, a date, a time. */

const units = { s: 1e3, m: 60e3, h: 3600e3, d: 86400e3, w: 7 * 86400e3 } as const

export type Zone = 'utc' | 'local'

/** When a text says, in milliseconds since 1970; null when it says nothing that a window can begin with. */
export function moment(text: string, now: number): number | null {
  const trimmed = text.trim()
  if (trimmed === 'now') return now
  const relative = /^(?:now)?-(\d{1,6})([smhdw])$/.exec(trimmed)
  if (relative) return now - Number(relative[1]) * units[relative[2] as keyof typeof units]
  if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(trimmed)) return null
  // Without a zone a time is UTC, as the server takes it.
  const parsed = Date.parse(trimmed.length === 10 || /Z$|[+-]\d{2}:\d{2}$/.test(trimmed) ? trimmed : `${trimmed}Z`)
  return Number.isNaN(parsed) ? null : parsed
}

/** The window of two texts; null when it is none. */
export function span(from: string, to: string, now: number): { from: number; to: number } | null {
  const [begin, end] = [moment(from, now), moment(to, now)]
  return begin === null || end === null || begin >= end ? null : { from: begin, to: end }
}

/** A moment as the API takes it. */
export const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z')

/** Which zone times are shown in, by its name. */
export const zoneName = (zone: Zone): string => (zone === 'utc' ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone)

const formats = new Map<string, Intl.DateTimeFormat>()
function format(zone: Zone, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options)
  let known = formats.get(key)
  if (!known) formats.set(key, (known = new Intl.DateTimeFormat('sv-SE', { ...options, ...(zone === 'utc' ? { timeZone: 'UTC' } : {}) })))
  return known
}

/** 2026-11-28 14:15:32 */
export function dateTime(at: number | string, zone: Zone): string {
  const ms = typeof at === 'string' ? Date.parse(at) : at
  return Number.isNaN(ms) ? '–' : format(zone, { dateStyle: 'short', timeStyle: 'medium' }).format(ms)
}

/** 2026-11-28 14:15 */
export const minute = (at: number | string, zone: Zone): string => dateTime(at, zone).slice(0, 16)

/** 2026-11-28 */
export const day = (at: number | string, zone: Zone): string => dateTime(at, zone).slice(0, 10)

/** 14:15:32.482 of today, with the date of other days. */
export function precise(at: string, zone: Zone): string {
  const fraction = /\.(\d{3})/.exec(at)?.[1] ?? '000'
  return `${dateTime(at, zone)}.${fraction}`
}

/** 3 min ago */
export function ago(at: number | string, now: number): string {
  const passed = Math.max(0, now - (typeof at === 'string' ? Date.parse(at) : at))
  return passed < 60e3
    ? `${Math.round(passed / 1e3)} s ago`
    : passed < 3600e3
      ? `${Math.round(passed / 60e3)} min ago`
      : passed < 48 * 3600e3
        ? `${Math.round(passed / 3600e3)} h ago`
        : `${Math.round(passed / 86400e3)} d ago`
}

/** 7 d, 6 h, 15 min */
export function length(ms: number): string {
  const [days, hours, minutes] = [ms / 86400e3, ms / 3600e3, ms / 60e3]
  return days >= 2
    ? `${Number(days.toFixed(1))} d`
    : hours >= 2 || hours === 1
      ? `${Number(hours.toFixed(1))} h`
      : minutes >= 1
        ? `${Math.round(minutes)} min`
        : `${Math.round(ms / 1e3)} s`
}

/** The window before one, as long as it. */
export const before = (window: { from: number; to: number }): { from: number; to: number } => ({ from: 2 * window.from - window.to, to: window.from })
