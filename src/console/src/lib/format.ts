/** Numbers as people read them. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })

/** 1,234,567 */
export const count = (value: number): string => whole.format(value)

/** 1.23M; what is below ten thousand is said exactly. */
export const brief = (value: number): string => (Math.abs(value) < 10_000 ? whole.format(value) : short.format(value))

/** 1.2 GiB */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  let unit = 0
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${value.toFixed(value >= 100 || unit === 0 ? 0 : 1)} ${units[unit]}`
}

/** 12 % of a whole; of nothing a dash. */
export const share = (part: number, all: number): string =>
  all === 0 ? '–' : part === 0 ? '0 %' : part / all < 0.001 ? '< 0.1 %' : `${((100 * part) / all).toFixed(part / all < 0.1 ? 1 : 0)} %`

/** One flow, two flows. */
export const of = (value: number, one: string, many = `${one}s`): string => `${count(value)} ${value === 1 ? one : many}`
