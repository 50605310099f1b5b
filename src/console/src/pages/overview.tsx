import { api, ask } from '../api/client'
import { go, href, param } from '../app/router'
import { Head } from '../app/shell'
import { session } from '../app/session'
import { useAnswer } from '../app/use-answer'
import { askedAt, from, resolved, to } from '../app/window'
import { between, endText } from '../lib/ends'
import { both, is } from '../lib/filter'
import { brief, count, of, share } from '../lib/format'
import { fill, without } from '../lib/series'
import { ago, before, iso, length } from '../lib/time'
import { Bars } from '../parts/bars'
import { EndName } from '../parts/end-name'
import { Severity } from '../parts/severity'
import { Segments } from '../parts/segments'
import { Covered, Empty, Panel, Shown } from '../parts/states'
import { SeriesPlot } from '../plots/series'

const dropped = 'decision = DROP'

/** What happened in the window, and whether the store is well; each number leads to its flows. */
export function Overview() {
  return (
    <>
      <Head title="Overview" sub={resolved.value ? length(resolved.value.to - resolved.value.from) : undefined} />
      <Figures />
      <OverTime />
      <div class="grid">
        <Talkers />
        <Drops />
        <NewEdges />
        <Health />
      </div>
    </>
  )
}

function useCount(filter: string, window: { from: string; to: string } | null) {
  return useAnswer(window && `count ${filter} ${window.from} ${window.to}`, signal =>
    ask(api.GET('/api/v1/flows/count', { params: { query: { from: window!.from, to: window!.to, ...(filter && { filter }) } }, signal })))
}

function Figures() {
  const window = { from: from.value, to: to.value }
  const earlier = resolved.value && before(resolved.value)
  const asked = earlier && { from: iso(earlier.from), to: iso(earlier.to) }
  const [all, drops, allBefore, dropsBefore] = [useCount('', window), useCount(dropped, window), useCount('', asked), useCount(dropped, asked)]
  const seen = useAnswer(`seen ${window.from} ${window.to}`, signal =>
    ask(api.GET('/api/v1/flows/timeseries', { params: { query: { ...window, metric: 'active' } }, signal })))
  const talkers = useAnswer(`namespaces ${window.from} ${window.to}`, signal =>
    ask(api.GET('/api/v1/flows/top', { params: { query: { ...window, by: ['namespace'], limit: 1 } }, signal })))
  const value = (asked: { answer?: { data: { flows: number } }; problem?: unknown }): string => (asked.answer ? brief(asked.answer.data.flows) : asked.problem ? '–' : '…')
  const change = (now?: number, then?: number): string => {
    if (now === undefined || then === undefined) return '\u00a0'
    const ratio = now / then
    // Of next to nothing no share says anything.
    return then < 50 || ratio > 10 ? `${count(then)} in the window before`
      : Math.abs(ratio - 1) < 0.005 ? 'as in the window before'
      : `${ratio > 1 ? '+' : '−'}${(100 * Math.abs(ratio - 1)).toFixed(0)} % on the window before`
  }
  const namespaces = talkers.answer ? talkers.answer.data.data.length + talkers.answer.data.other.groups : undefined
  const observations = seen.answer?.data.data.reduce((sum, point) => sum + (point.observations ?? 0), 0)
  return (
    <div class="figures">
      <a class="figure" href={href('flows')}>
        <span class="name">New flows</span><span class="value">{value(all)}</span>
        <span class="note">{change(all.answer?.data.flows, allBefore.answer?.data.flows)}</span>
      </a>
      <a class="figure" href={href('flows', { filter: dropped })}>
        <span class="name">Dropped</span><span class={`value${drops.answer?.data.flows ? ' drop' : ''}`}>{value(drops)}</span>
        <span class="note">{change(drops.answer?.data.flows, dropsBefore.answer?.data.flows)}</span>
      </a>
      <a class="figure" href={href('flows', { filter: dropped })}>
        <span class="name">Share dropped</span>
        <span class="value">{all.answer && drops.answer ? share(drops.answer.data.flows, all.answer.data.flows) : '…'}</span>
        <span class="note">of the new flows</span>
      </a>
      <a class="figure" href={href('flows', { order: 'desc' })}>
        <span class="name">Observations</span><span class="value">{observations === undefined ? (seen.problem ? '–' : '…') : brief(observations)}</span>
        <span class="note">repeats included, by whole hours</span>
      </a>
      <a class="figure" href={href('map', { level: 'namespace' })}>
        <span class="name">Namespaces</span><span class="value">{namespaces === undefined ? (talkers.problem ? '–' : '…') : count(namespaces)}</span>
        <span class="note">that reported flows</span>
      </a>
      <Kept />
    </div>
  )
}

function Kept() {
  const asked = useAnswer('retention', signal => ask(api.GET('/api/v1/flow-reports/retention', { signal })))
  const days = asked.answer?.data.result.days
  return (
    <a class="figure" href={session.isAdmin.value ? href('admin') : href('flows', { from: days ? `-${days}d` : null })}>
      <span class="name">Kept</span><span class="value">{days === undefined ? (asked.problem ? '–' : '…') : `${days} d`}</span>
      <span class="note">by the day of arrival</span>
    </a>
  )
}

function OverTime() {
  const window = { from: from.value, to: to.value }
  const key = `${window.from} ${window.to}`
  const all = useAnswer(`series ${key}`, signal => ask(api.GET('/api/v1/flows/timeseries', { params: { query: window }, signal })))
  const step = all.answer?.data.step_seconds
  const drops = useAnswer(step ? `drops ${key} ${step}` : null, signal =>
    ask(api.GET('/api/v1/flows/timeseries', { params: { query: { ...window, filter: dropped, step: `${step}s` } }, signal })))
  return (
    <Panel title="Flows over time" aside={<span class="dim">when first seen{step ? `, by ${length(1e3 * step)}` : ''}; choose a bar for its flows</span>}>
      <Shown asked={all} lines={7}>{(series, meta) => {
        const covered = { from: Date.parse(series.window.from), to: Date.parse(series.window.to) }
        const ms = 1e3 * series.step_seconds
        const points = (data: { time: string; flows?: number }[]) => fill(data.map(point => ({ at: Date.parse(point.time), value: point.flows ?? 0 })), ms, covered)
        if (series.data.length === 0) {
          return <Empty title="No flows in this window">Choose a longer one. When there should be some, look whether agents report: <code>POST /pod/traffic/batch</code>.</Empty>
        }
        const whole = points(series.data)
        const byTime = new Map((drops.answer?.data.data ?? []).map(point => [Date.parse(point.time), point.flows ?? 0]))
        const red = whole.map(point => ({ at: point.at, value: byTime.get(point.at) ?? 0 }))
        return (
          <>
            <SeriesPlot label="Flows over time" step={ms} pick={(begin, end) => go(href('flows', { from: iso(Math.max(begin, covered.from)), to: iso(Math.min(end, covered.to)) }))}
              series={[
                { name: 'let through', colour: '--plot-1', points: without(whole, red) },
                { name: 'dropped', colour: '--plot-2', points: red },
              ]} />
            <div class="row spread"><Legend /><Covered meta={meta} /></div>
          </>
        )
      }}</Shown>
    </Panel>
  )
}

const Legend = () => (
  <div class="meta">
    <span><i class="swatch is-through" /> let through</span>
    <span><i class="swatch is-drop" /> dropped</span>
  </div>
)

const dimensions: Record<string, { by: string[]; filter: (row: Record<string, unknown>) => string; what: (row: Record<string, unknown>) => string }> = {
  workload: {
    by: ['namespace', 'workload'],
    filter: row => both(is('namespace', text(row.namespace)), row.workload === null ? 'not workload exists' : is('workload', text(row.workload))),
    what: row => `${text(row.namespace)}/${row.workload === null ? '(no workload)' : text(row.workload)}`,
  },
  namespace: { by: ['namespace'], filter: row => is('namespace', text(row.namespace)), what: row => text(row.namespace) },
  pod: { by: ['namespace', 'pod'], filter: row => both(is('namespace', text(row.namespace)), is('pod', text(row.pod))), what: row => `${text(row.namespace)}/${text(row.pod)}` },
  peer: { by: ['peer_ip'], filter: row => is('peer_ip', text(row.peer_ip)), what: row => text(row.peer_ip) },
}

const text = (value: unknown): string => (value === null || value === undefined ? '(none)' : String(value))

function Talkers() {
  const name = dimensions[param('top')] ? param('top') : 'workload'
  const dimension = dimensions[name]!
  const window = { from: from.value, to: to.value }
  const asked = useAnswer(`top ${name} ${window.from} ${window.to}`, signal =>
    ask(api.GET('/api/v1/flows/top', { params: { query: { ...window, by: dimension.by as 'pod'[], limit: 10 } }, signal })))
  return (
    <Panel title="Top talkers" span={4} aside={
      <Segments label="By" name="top" fallback="workload" options={[['workload', 'Workload'], ['namespace', 'Namespace'], ['pod', 'Pod'], ['peer', 'Peer']]} />}>
      <Shown asked={asked} lines={10}>{top => top.data.length === 0 ? <Empty title="Nobody reported flows in this window" /> : (
        <>
          <Bars unit="flows" rows={top.data.map(row => {
            const filter = dimension.filter(row)
            return { key: filter, what: dimension.what(row), value: row.flows, to: href('flows', { filter }) }
          })} />
          {top.other.groups > 0 && <p class="dim">{of(top.other.groups, 'other')} with {brief(top.other.flows)} flows</p>}
        </>
      )}</Shown>
    </Panel>
  )
}

function Drops() {
  const window = { from: from.value, to: to.value }
  const asked = useAnswer(`drop edges ${window.from} ${window.to}`, signal =>
    ask(api.GET('/api/v1/topology', { params: { query: { ...window, filter: dropped, level: 'workload', limit: 9 } }, signal })))
  return (
    <Panel title="Dropped, by connection" span={4} aside={<a href={href('map', { level: 'workload', filter: dropped })}>On the map</a>}>
      <Shown asked={asked} lines={10}>{map => {
        if (map.edges.length === 0) return <Empty title="Nothing was dropped">No flow of this window was reported as dropped.</Empty>
        const ends = new Map(map.nodes.map(node => [node.id, node]))
        return (
          <>
            <Bars unit="dropped flows" isDrop rows={map.edges.map(edge => {
              const [client, server] = [ends.get(edge.source)!, ends.get(edge.target)!]
              return {
                key: `${edge.source} ${edge.target} ${edge.server_port} ${edge.protocol}`, value: edge.flows,
                what: <><EndName end={client} /> → <EndName end={server} /> <span class="dim">{edge.server_port ?? ''}/{edge.protocol}</span></>,
                title: `${endText(client)} → ${endText(server)} ${edge.server_port ?? ''}/${edge.protocol}: ${of(edge.flows, 'dropped flow')}`,
                to: href('flows', { filter: both(between(client, server, edge.server_port, edge.protocol), dropped) }),
              }
            })} />
            {map.other.edges > 0 && <p class="dim">{of(map.other.edges, 'other edge')} with {brief(map.other.flows)} flows</p>}
          </>
        )
      }}</Shown>
    </Panel>
  )
}

function NewEdges() {
  const window = { from: from.value, to: to.value }
  const asked = useAnswer(`changes ${window.from} ${window.to}`, signal =>
    ask(api.GET('/api/v1/edges/changes', { params: { query: { ...window, limit: 10_000 } }, signal })))
  return (
    <Panel title="New edges" span={4} aside={<a href={href('map', { level: 'workload', compare: 'before' })}>On the map</a>}>
      <Shown asked={asked} lines={10}>{changes => {
        const fresh = changes.data.filter(edge => edge.change === 'new' && edge.after)
        const inside = fresh.filter(edge => edge.client.kind !== 'External' && edge.server.kind !== 'External')
        const shown = (inside.length > 0 ? inside : fresh).sort((one, another) => another.after!.flows - one.after!.flows).slice(0, 9)
        if (shown.length === 0) return <Empty title="No new edges">Who talked in this window did so in the one before as well.</Empty>
        return (
          <>
            <Bars unit="flows" rows={shown.map(edge => ({
              key: JSON.stringify([edge.client, edge.server, edge.server_port, edge.protocol]), value: edge.after!.flows,
              what: <><EndName end={edge.client} /> → <EndName end={edge.server} /> <span class="dim">{edge.server_port ?? ''}/{edge.protocol}</span></>,
              title: `${endText(edge.client)} → ${endText(edge.server)}, first seen ${edge.after!.first_seen}, ${edge.after!.decisions.join(' and ')}`,
              to: href('flows', { filter: between(edge.client, edge.server, edge.server_port, edge.protocol) }),
            }))} />
            <p class="dim">{of(inside.length, 'new edge')} within the cluster, {fresh.length - inside.length} with networks outside{changes.cut ? ', of those looked at' : ''}; compared with the {resolved.value ? length(resolved.value.to - resolved.value.from) : 'time'} before</p>
          </>
        )
      }}</Shown>
    </Panel>
  )
}

function Health() {
  return session.isAdmin.value ? <Findings /> : <Versions />
}

const watched = ['ingest', 'disk', 'retention', 'clock', 'backups', 'rejected events', 'events']

function Findings() {
  const asked = useAnswer('doctor', signal => ask(api.GET('/api/v1/admin/doctor', { signal })))
  return (
    <Panel title="Health" span={12} flush aside={<a href={href('admin')}>All checks</a>}>
      <Shown asked={asked}>{report => (
        <ul class="findings">
          {report.findings.filter(finding => watched.includes(finding.check) || finding.severity !== 'ok').map((finding, index) => (
            <li key={index}>
              <span><Severity of={finding.severity} /></span><span>{finding.check}</span>
              <span>{finding.what}{finding.todo && <span class="dim"> {finding.todo}</span>}</span>
            </li>
          ))}
        </ul>
      )}</Shown>
    </Panel>
  )
}

function Versions() {
  const asked = useAnswer('version', signal => ask(api.GET('/version', { signal })))
  return (
    <Panel title="Server" span={12}>
      <Shown asked={asked} lines={1}>{version => (
        <p class="dim">Version {version.version.split('+')[0]}, ClickHouse {version.clickhouse_version}, schema {version.schema_version}; asked {ago(askedAt.value, Date.now())}.
          What the store is made of and its health are for tokens with the role admin.</p>
      )}</Shown>
    </Panel>
  )
}
