import { api, ask } from '../api/client'
import { go, href, place } from '../app/router'
import { useAnswer } from '../app/use-answer'
import { both } from '../lib/filter'
import { fill, without } from '../lib/series'
import { iso, length } from '../lib/time'
import { SeriesPlot } from '../plots/series'

/** How the flows of the filter lie in the window; a bar narrows it. */
export function Strip({ query }: { query: { from: string; to: string; filter?: string } }) {
  const asked = useAnswer(`strip ${JSON.stringify(query)}`, signal => ask(api.GET('/api/v1/flows/timeseries', { params: { query }, signal })))
  const step = asked.answer?.data.step_seconds
  const dropped = useAnswer(step ? `strip drops ${JSON.stringify(query)} ${step}` : null, signal =>
    ask(api.GET('/api/v1/flows/timeseries', { params: { query: { ...query, filter: both(query.filter, 'decision = DROP'), step: `${step}s` } }, signal })),
  )
  if (asked.problem || (asked.answer && asked.answer.data.data.length === 0)) return null
  const data = asked.answer?.data
  const covered = data && { from: Date.parse(data.window.from), to: Date.parse(data.window.to) }
  const points =
    data &&
    covered &&
    fill(
      data.data.map(point => ({ at: Date.parse(point.time), value: point.flows ?? 0 })),
      1e3 * data.step_seconds,
      covered,
    )
  const red = new Map((dropped.answer?.data.data ?? []).map(point => [Date.parse(point.time), point.flows ?? 0]))
  const drops = points?.map(point => ({ at: point.at, value: red.get(point.at) ?? 0 }))
  return (
    <section class="panel" aria-label="Over time">
      <div class={`body${asked.isLoading ? ' is-stale' : ''}`}>
        {points && drops && covered ? (
          <SeriesPlot
            low
            label={`Flows over time, by ${length(1e3 * data.step_seconds)}`}
            step={1e3 * data.step_seconds}
            pick={(begin, end) =>
              go(href('flows', { from: iso(Math.max(begin, covered.from)), to: iso(Math.min(end, covered.to)), cursor: null }, [...place.value.params.keys()]))
            }
            series={[
              { name: 'let through', colour: '--plot-1', points: without(points, drops) },
              { name: 'dropped', colour: '--plot-2', points: drops },
            ]}
          />
        ) : (
          <div class="plot low" />
        )}
      </div>
    </section>
  )
}
