import { api, ask } from '../../api/client'
import type { components } from '../../api/schema'
import { href, param, place, set } from '../../app/router'
import { useAnswer } from '../../app/use-answer'
import { resolved, zone } from '../../app/window'
import { brief, of } from '../../lib/format'
import { length, precise, zoneName } from '../../lib/time'
import { EventFilter } from '../../parts/event-filter'
import { Empty, Panel, Shown } from '../../parts/states'
import { SeriesPlot } from '../../plots/series'
import { Scroll } from '../../parts/scroll'

type Event = components['schemas']['SecureEvent']

const severities = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'information', 'debug']

const colours = ['--plot-2', '--plot-2', '--plot-2', '--plot-2', '--warn', '--plot-3', '--plot-1', '--dim']

const longest = 14 * 86400e3

/** Nanoseconds since 1970, which are more than a number holds exactly. */
const nanoseconds = (ms: number): string => `${Math.floor(ms)}000000`

export function Secure() {
  const [filter, cursor] = [param('filter'), param('cursor')]
  const window = resolved.value
  // The routes take windows of two weeks at most: of a longer one this is the newest part.
  const begin = window && Math.max(window.from, window.to - longest)
  const bounds = window && { from: nanoseconds(begin!) as never as number, to: nanoseconds(window.to) as never as number, ...(filter && { filter }) }
  const series = useAnswer(bounds && `event series ${JSON.stringify(bounds)}`, signal =>
    ask(api.GET('/api/v1/secureEvents/timeSeries', { params: { query: { ...bounds!, metric: 'severity' } }, signal })),
  )
  const events = useAnswer(bounds && `events ${JSON.stringify([bounds, cursor])}`, signal =>
    ask(api.GET('/api/v1/secureEvents', { params: { query: { ...bounds!, limit: 100, ...(cursor && { cursor }) } }, signal })),
  )
  if (!window)
    return (
      <section class="panel">
        <Empty title="The window is none">From has to be before to.</Empty>
      </section>
    )
  const page = events.answer?.data.page as { total?: number; prev?: string; next?: string } | undefined
  return (
    <>
      <div class="row">
        <EventFilter value={filter} problem={events.problem} onApply={next => set({ filter: next || null, cursor: null })} />
      </div>
      {begin! > window.from && <p class="notice">Events are asked for two weeks at most: these are of the last two weeks of the window.</p>}
      <Panel title="By severity" aside={<span class="dim">{page?.total !== undefined && of(page.total, 'event')}</span>}>
        <Shown asked={series} lines={3}>
          {found => {
            const step = Number(found.step) / 1e6
            const lines = Object.entries(found.values as Record<string, [number, number][]>).map(([severity, points]) => ({
              name: severities[Number(severity)] ?? severity,
              colour: colours[Number(severity)] ?? '--dim',
              points: points.map(([at, value]) => ({ at: at / 1e6, value })),
            }))
            return lines.length === 0 ? (
              <Empty title="No events in this window">Dropped flows, new edges and verdicts make some.</Empty>
            ) : (
              <>
                <SeriesPlot low label={`Events by severity, each ${length(step)}`} step={step} series={lines} />
                <div class="meta">
                  {lines.map(line => (
                    <span key={line.name}>
                      {line.name}: {brief(line.points.reduce((sum, point) => sum + point.value, 0))}
                    </span>
                  ))}
                </div>
              </>
            )
          }}
        </Shown>
      </Panel>
      <section class="panel" aria-label="Events">
        <div class="body flush">
          <Shown asked={events} lines={12}>
            {found =>
              found.data.length === 0 ? (
                <Empty title="No event is like that">Choose a longer window, or a filter that asks for less.</Empty>
              ) : (
                <Table rows={found.data as Event[]} />
              )
            }
          </Shown>
        </div>
      </section>
      {page && (
        <div class="row">
          {cursor && (
            <a class="button" href={href('events', { cursor: null }, [...place.value.params.keys()])}>
              Newest
            </a>
          )}
          {page.next && cursor && (
            <a class="button" href={href('events', { cursor: page.next }, [...place.value.params.keys()])}>
              Newer
            </a>
          )}
          {page.prev && (
            <a class="button" rel="next" href={href('events', { cursor: page.prev }, [...place.value.params.keys()])}>
              Older
            </a>
          )}
        </div>
      )}
    </>
  )
}

export function Table({ rows }: { rows: Event[] }) {
  return (
    <Scroll label="Table of events">
      <table>
        <thead>
          <tr>
            <th scope="col">When, {zoneName(zone.value)}</th>
            <th scope="col">Severity</th>
            <th scope="col">What</th>
            <th scope="col">Of</th>
            <th scope="col">In words</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(event => {
            const labels = (event.labels ?? {}) as Record<string, string>
            const [namespace, pod] = [labels['kubernetes.namespace.name'], labels['kubernetes.pod.name']]
            const at = event.timestampRFC3339Nano as string
            return (
              <tr key={event.id} class={event.severity <= 3 ? 'is-drop' : undefined}>
                <td class="mono">{precise(at, zone.value)}</td>
                <td>
                  <span class={`badge ${event.severity <= 3 ? 'is-drop' : event.severity === 4 ? 'is-warn' : ''}`}>
                    {event.severity} {severities[event.severity]}
                  </span>
                </td>
                <td title={event.description as string}>{event.name}</td>
                <td>
                  {pod ? (
                    <a href={href('who', { kind: 'Pod', namespace, name: pod })}>
                      <span class="dim">{namespace}/</span>
                      {pod}
                    </a>
                  ) : (
                    namespace
                  )}
                </td>
                <td class="mono">{(event.content as { output?: string }).output}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </Scroll>
  )
}
