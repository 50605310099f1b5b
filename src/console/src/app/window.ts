import { computed, signal } from '@preact/signals'
import { param } from './router'
import { span, type Zone } from '../lib/time'

/** The window of time of every page, as the URL has it. */
export const fallback = { from: '-24h', to: 'now' }

export const from = computed(() => param('from') || fallback.from)
export const to = computed(() => param('to') || fallback.to)
export const zone = computed<Zone>(() => (param('tz') === 'local' ? 'local' : 'utc'))

/** Counts up when everything is to be asked for again. */
export const refreshed = signal(0)

/** When the window was asked for last: what relative times count from. */
export const askedAt = signal(Date.now())

export const resolved = computed(() => span(from.value, to.value, askedAt.value))

export function refresh(): void {
  askedAt.value = Date.now()
  refreshed.value++
}
