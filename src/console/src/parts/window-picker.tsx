import { useState } from 'preact/hooks'
import { set } from '../app/router'
import { fallback, from, refresh, resolved, to, zone } from '../app/window'
import { iso, length, minute, moment, span, zoneName } from '../lib/time'
import { Icon } from './icons'
import { Popover } from './popover'

const presets: [string, string][] = [
  ['-15m', '15 minutes'],
  ['-1h', 'hour'],
  ['-6h', '6 hours'],
  ['-24h', '24 hours'],
  ['-7d', '7 days'],
  ['-30d', '30 days'],
]

export const windowText = (begin: string, end: string): string => {
  const preset = presets.find(([value]) => value === begin)
  if (preset && end === 'now') return `Last ${preset[1]}`
  const window = span(begin, end, Date.now())
  if (!window) return `${begin} – ${end}`
  const [first, last] = [minute(window.from, zone.value), minute(window.to, zone.value)]
  // Whole days need no hours.
  const areDays = end !== 'now' && first.endsWith(' 00:00') && last.endsWith(' 00:00')
  return areDays ? `${first.slice(0, 10)} – ${last.slice(0, 10)}` : `${first} – ${end === 'now' ? 'now' : last}`
}

/** The window of every page: from, to, the zone that times are in, and asking again. */
export function WindowPicker({ zoneOnly }: { zoneOnly?: boolean }) {
  return (
    <div class="row window">
      {!zoneOnly && (
        <Popover
          name={`Window: ${windowText(from.value, to.value)}`}
          label={
            <>
              <span class="num">{windowText(from.value, to.value)}</span>{' '}
              <span class="dim" aria-hidden="true">
                ▾
              </span>
            </>
          }
        >
          {close => <Chooser close={close} />}
        </Popover>
      )}
      <div class="segments" role="group" aria-label="Zone of times">
        <button type="button" aria-pressed={zone.value === 'utc'} onClick={() => set({ tz: null })}>
          UTC
        </button>
        <button type="button" aria-pressed={zone.value === 'local'} title={zoneName('local')} onClick={() => set({ tz: 'local' })}>
          Local
        </button>
      </div>
      {!zoneOnly && (
        <button type="button" onClick={refresh} aria-label="Ask again" title="Ask again">
          <Icon name="refresh" />
        </button>
      )}
    </div>
  )
}

function Chooser({ close }: { close: () => void }) {
  const [begin, setBegin] = useState(from.value)
  const [end, setEnd] = useState(to.value)
  const window = span(begin, end, Date.now())
  const choose = (chosen: string, until: string): void => {
    set({ from: chosen === fallback.from && until === fallback.to ? null : chosen, to: until === fallback.to ? null : until })
    close()
    refresh()
  }
  const say = (text: string): string => (moment(text, Date.now()) === null ? 'a date, a time such as 2026-05-12T10:00Z, now, or -6h' : '')
  const shift = (by: number): void => {
    const at = resolved.value
    if (at) choose(iso(at.from + by * (at.to - at.from)), iso(Math.min(Date.now(), at.to + by * (at.to - at.from))))
  }
  return (
    <form
      class="sheet-form"
      onSubmit={event => {
        event.preventDefault()
        if (window) choose(begin.trim(), end.trim())
      }}
    >
      <div class="chips">
        {presets.map(([value, text]) => (
          <button type="button" key={value} aria-pressed={from.value === value && to.value === 'now'} onClick={() => choose(value, 'now')}>
            {text}
          </button>
        ))}
      </div>
      <label class="field">
        From
        <input type="text" value={begin} aria-invalid={!!say(begin)} onInput={event => setBegin(event.currentTarget.value)} />
      </label>
      <label class="field">
        To, not part of it
        <input type="text" value={end} aria-invalid={!!say(end)} onInput={event => setEnd(event.currentTarget.value)} />
      </label>
      <p class="dim">
        {say(begin) ||
          say(end) ||
          (window
            ? `${length(window.to - window.from)}: ${minute(window.from, zone.value)} to ${minute(window.to, zone.value)} ${zoneName(zone.value)}`
            : 'From has to be before to.')}
      </p>
      <div class="row">
        <button type="submit" class="primary" disabled={!window}>
          Show
        </button>
        <button type="button" onClick={() => shift(-1)}>
          Earlier
        </button>
        <button type="button" onClick={() => shift(1)}>
          Later
        </button>
      </div>
    </form>
  )
}
