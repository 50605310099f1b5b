import { api, ask } from '../../api/client'
import { go, href } from '../../app/router'
import { useAnswer } from '../../app/use-answer'
import { from, to } from '../../app/window'
import { fill, without } from '../../lib/series'
import { iso, length } from '../../lib/time'
import { Covered, Empty, Panel, Shown } from '../../parts/states'
import { SeriesPlot } from '../../plots/series'
import { dropped } from './filters'

export function OverTime() {
  const window = { from: from.value, to: to.value }
  const key = `${window.from} ${window.to}`
  const all = useAnswer(`series ${key}`, signal => ask(api.GET('/api/v1/flows/timeseries', { params: { query: window }, signal })))
  const step = all.answer?.data.step_seconds
  const drops = useAnswer(step ? `drops ${key} ${step}` : null, signal =>
    ask(api.GET('/api/v1/flows/timeseries', { params: { query: { ...window, filter: dropped, step: `${step}s` } }, signal })),
  )
  return (
    <Panel title="Flows over time" aside={<span class="dim">when first seen{step ? `, by ${length(1e3 * step)}` : ''}; choose a bar for its flows</span>}>
      <Shown asked={all} lines={7}>
        {(series, meta) => {
          const covered = { from: Date.parse(series.window.from), to: Date.parse(series.window.to) }
          const ms = 1e3 * series.step_seconds
          const points = (data: { time: string; flows?: number }[]) =>
            fill(
              data.map(point => ({ at: Date.parse(point.time), value: point.flows ?? 0 })),
              ms,
              covered,
            )
          if (series.data.length === 0) {
            return (
              <Empty title="No flows in this window">
                Choose a longer one. When there should be some, look whether agents report: <code>POST /pod/traffic/batch</code>.
              </Empty>
            )
          }
          const whole = points(series.data)
          const byTime = new Map((drops.answer?.data.data ?? []).map(point => [Date.parse(point.time), point.flows ?? 0]))
          const red = whole.map(point => ({ at: point.at, value: byTime.get(point.at) ?? 0 }))
          return (
            <>
              <SeriesPlot
                label="Flows over time"
                step={ms}
                pick={(begin, end) => go(href('flows', { from: iso(Math.max(begin, covered.from)), to: iso(Math.min(end, covered.to)) }))}
                series={[
                  { name: 'let through', colour: '--plot-1', points: without(whole, red) },
                  { name: 'dropped', colour: '--plot-2', points: red },
                ]}
              />
              <div class="row spread">
                <Legend />
                <Covered meta={meta} />
              </div>
            </>
          )
        }}
      </Shown>
    </Panel>
  )
}

const Legend = () => (
  <div class="meta">
    <span>
      <i class="swatch is-through" /> let through
    </span>
    <span>
      <i class="swatch is-drop" /> dropped
    </span>
  </div>
)
