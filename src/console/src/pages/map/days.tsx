import { api, ask } from '../../api/client'
import { go, href, param, set } from '../../app/router'
import { useAnswer } from '../../app/use-answer'
import { resolved, zone } from '../../app/window'
import { of } from '../../lib/format'
import { fill } from '../../lib/series'
import { day, iso, length, zoneName } from '../../lib/time'
import { Panel } from '../../parts/states'
import { SeriesPlot } from '../../plots/series'
import { kept, Level } from './address'

/** The days that there are: one shows its map, or is what this one is compared with. */
export function Days({ level, changes, isLoading, problem }: { level: Level; changes?: number; isLoading: boolean; problem?: string }) {
  const asked = useAnswer('days', signal => ask(api.GET('/api/v1/flows/timeseries', { params: { query: { from: '-30d', step: '1d' } }, signal })))
  const compare = param('compare')
  const data = asked.answer?.data
  const days =
    data &&
    fill(
      data.data.map(point => ({ at: Date.parse(point.time), value: point.flows ?? 0 })),
      86400e3,
      { from: Date.parse(data.window.from), to: Date.parse(data.window.to) },
    )
  const shift = (by: number): void => {
    const window = resolved.value
    if (window) set({ from: iso(window.from + by * (window.to - window.from)), to: iso(window.to + by * (window.to - window.from)) })
  }
  return (
    <Panel
      title="Days"
      aside={
        <div class="row">
          <button type="button" onClick={() => shift(-1)}>
            Earlier
          </button>
          <button type="button" onClick={() => shift(1)}>
            Later
          </button>
          <label class="row">
            Compare with
            <select
              value={compare}
              onChange={event => set({ compare: event.currentTarget.value || null, ...(event.currentTarget.value && { level: 'workload' }) })}
            >
              <option value="">nothing</option>
              <option value="before">the {resolved.value ? length(resolved.value.to - resolved.value.from) : 'window'} before</option>
              {compare && compare !== 'before' && <option value={compare}>{compare}</option>}
              {days
                ?.filter(point => point.value > 0 && resolved.value && point.at < resolved.value.from)
                .reverse()
                .map(point => iso(point.at).slice(0, 10))
                .filter(text => text !== compare)
                .map(text => (
                  <option key={text} value={text}>
                    {text}
                  </option>
                ))}
            </select>
          </label>
        </div>
      }
    >
      {days && (
        <SeriesPlot
          low
          label="Flows of each day"
          step={86400e3}
          series={[{ name: 'flows', colour: '--plot-1', points: days }]}
          pick={(begin, end) => go(href('map', { from: iso(begin), to: iso(Math.min(end, Date.now())) }, kept()))}
        />
      )}
      <p class="dim">
        Choose a day for its map ({zoneName(zone.value)}).{' '}
        {compare && level !== 'workload'
          ? 'Comparisons are of workloads.'
          : problem
            ? problem
            : isLoading
              ? 'Comparing …'
              : changes !== undefined && compare
                ? `${of(changes, 'edge')} new, gone or changed, compared with ${compare === 'before' ? 'the window before' : day(Date.parse(compare), 'utc')}.`
                : ''}
      </p>
    </Panel>
  )
}
