import { useMemo } from 'preact/hooks'
import { api, ask } from '../api/client'
import { go, href, param, place, set } from '../app/router'
import { Head } from '../app/shell'
import { isDark } from '../app/theme'
import { useAnswer } from '../app/use-answer'
import { from, resolved, to, zone } from '../app/window'
import { about, between, endText, type End } from '../lib/ends'
import { both } from '../lib/filter'
import { brief, of } from '../lib/format'
import { compared, graphOf, outside, type MapGraph, type MapLink, type MapNode } from '../lib/graph'
import { fill } from '../lib/series'
import { before, day, iso, length, zoneName } from '../lib/time'
import { EndName } from '../parts/end-name'
import { FilterInput } from '../parts/filter-input'
import { Segments } from '../parts/segments'
import { Covered, Empty, Loading, Panel, Trouble } from '../parts/states'
import { GraphView, groupColours } from '../plots/graph-view'
import { SeriesPlot } from '../plots/series'

type Level = 'namespace' | 'workload' | 'pod'
type Metric = 'flows' | 'observations' | 'dropped'

/** What a screen shows and a graphics card moves; the rest is counted. */
const most = { nodes: 3000, links: 6000 }
const deeper: Record<Level, Level | null> = { namespace: 'workload', workload: 'pod', pod: null }

/** Who talks to whom: by namespace, workload or pod, as it was in any window, and what is new or gone. */
export function MapPage() {
  const filter = param('filter')
  const level = (['workload', 'pod'].includes(param('level')) ? param('level') : 'namespace') as Level
  const metric = (['observations', 'dropped'].includes(param('metric')) ? param('metric') : 'flows') as Metric
  const focus = param('focus')
  const query = {
    from: from.value, to: to.value, level, limit: 10_000, metric: metric === 'observations' ? 'observations' as const : 'flows' as const,
    ...(metric === 'dropped' ? { filter: both(filter, 'decision = DROP') } : filter && { filter }),
  }
  const asked = useAnswer(`map ${JSON.stringify(query)}`, signal => ask(api.GET('/api/v1/topology', { params: { query }, signal })))
  const earlier = earlierOf(param('compare'))
  const changes = useAnswer(level === 'workload' && earlier ? `changes ${JSON.stringify([query, earlier])}` : null, signal =>
    ask(api.GET('/api/v1/edges/changes', {
      params: { query: { from: from.value, to: to.value, before_from: iso(earlier!.from), before_to: iso(earlier!.to), limit: 10_000, ...(filter && { filter }) } }, signal,
    })))
  const graph = useMemo(() => {
    if (!asked.answer) return undefined
    const plain = graphOf(asked.answer.data, metric, most)
    return level === 'workload' && earlier && changes.answer ? compared(plain, changes.answer.data) : plain
  }, [asked.answer, changes.answer, metric])
  const chosen = graph?.nodes.get(focus)
  const left = asked.answer?.data.other
  return (
    <>
      <Head title="Map" sub={graph && `${of(graph.nodes.size, 'end')}, ${of(graph.links.length, 'connection')}`} />
      <div class="row">
        <Segments label="Level" name="level" fallback="namespace" options={[['namespace', 'Namespaces'], ['workload', 'Workloads'], ['pod', 'Pods']]} />
        <Segments label="Lines by" name="metric" fallback="flows" options={[['flows', 'Flows'], ['observations', 'Observations'], ['dropped', 'Drops']]} />
        <FilterInput value={filter} problem={asked.problem} onApply={next => set({ filter: next || null, focus: null })} />
      </div>
      {asked.problem ? asked.problem.parameter === 'filter' ? null : <section class="panel"><Trouble problem={asked.problem} retry={asked.retry} /></section> : (
        <div class="split">
          <section class="panel" aria-label="Map">
            {!graph ? <div class="map"><div class="body"><Loading lines={6} /></div></div>
              : graph.nodes.size === 0 ? <Empty title={metric === 'dropped' ? 'Nothing was dropped' : 'Nobody talked in this window'}>Choose a longer window, or a filter that asks for less.</Empty>
              : (
                <div class={asked.isLoading ? 'is-stale' : undefined}>
                  <GraphView graph={graph} focus={focus} pick={id => set({ focus: id }, true)} label={`Map of ${of(graph.nodes.size, 'end')} and ${of(graph.links.length, 'connection')}; the list beside it has them`} />
                </div>
              )}
            <div class="row spread map-foot">
              <Key graph={graph} compares={!!earlier && level === 'workload'} />
              {asked.answer && <Covered meta={asked.answer.meta} />}
            </div>
          </section>
          <aside>
            {graph && (chosen ? <Chosen node={chosen} graph={graph} level={level} filter={filter} /> : <Strongest graph={graph} filter={filter} />)}
          </aside>
        </div>
      )}
      {left && graph && (left.edges > 0 || graph.hidden.links > 0) && (
        <p class="notice">
          {left.edges > 0 && <span>The server left {of(left.edges, 'weaker edge')} with {brief(left.flows)} flows out.</span>}
          {graph.hidden.links > 0 && <span>{of(graph.hidden.links, 'weaker connection')} more {graph.hidden.nodes > 0 && `of ${of(graph.hidden.nodes, 'end')} `}are not drawn.</span>}
          <span>Choose a coarser level, a filter, or a shorter window to see all there is.</span>
        </p>
      )}
      <Days level={level} changes={changes.answer?.data.changes} isLoading={changes.isLoading && !!earlier} problem={changes.problem?.message} />
    </>
  )
}

/** What is compared with: the window before, or a day. */
function earlierOf(text: string): { from: number; to: number } | null {
  const window = resolved.value
  if (!text || !window) return null
  if (text === 'before') return before(window)
  const begin = Date.parse(text)
  return Number.isNaN(begin) || begin >= window.from ? null : { from: begin, to: Math.min(begin + 86400e3, window.from) }
}

function Key({ graph, compares }: { graph?: MapGraph; compares: boolean }) {
  const groups = new Map<string, number>()
  for (const node of graph?.nodes.values() ?? []) groups.set(node.group, (groups.get(node.group) ?? 0) + node.flows)
  const colours = groupColours(graph, isDark())
  const largest = [...groups].sort((one, other) => other[1] - one[1]).slice(0, 10)
  return (
    <div class="meta">
      {largest.map(([group]) => <span key={group}><i class="swatch" style={{ background: colours.get(group) }} /> {group}</span>)}
      {groups.size > largest.length && <span>{groups.size - largest.length} more</span>}
      <span><i class="stroke is-drop" /> with drops</span>
      {compares && <><span><i class="stroke is-new" /> new</span><span><i class="stroke is-gone" /> gone</span></>}
    </div>
  )
}

const kept = (): string[] => [...place.value.params.keys()].filter(name => name !== 'cursor')

function LinkRow({ link, graph, from: side, filter }: { link: MapLink; graph: MapGraph; from?: string; filter: string }) {
  const [client, server] = [graph.nodes.get(link.source)!, graph.nodes.get(link.target)!]
  const ports = [...link.ports]
  return (
    <li>
      <a href={href('flows', { filter: both(filter, between(client, server, null, null)) })} title={`${endText(client)} → ${endText(server)}: ${of(link.flows, 'flow')}${link.dropped ? `, ${link.dropped} dropped` : ''}`}>
        <span class="what">
          {side === link.source ? <>→ <EndName end={server} /></> : side === link.target ? <>← <EndName end={client} /></> : <><EndName end={client} /> → <EndName end={server} /></>}
          <span class="dim"> {ports.slice(0, 2).join(', ')}{ports.length > 2 && ` +${ports.length - 2}`}</span>
        </span>
        <span class="much">
          {link.change && <span class={`badge ${link.change === 'new' ? 'is-good' : 'is-accent'}`}>{link.change}</span>} {link.dropped > 0 && <span class="drop">{brief(link.dropped)} of </span>}{brief(link.flows)}
        </span>
      </a>
    </li>
  )
}

function Links({ links, graph, side, filter }: { links: MapLink[]; graph: MapGraph; side?: string; filter: string }) {
  const shown = links.slice(0, 60)
  return (
    <>
      <ol class="bars">{shown.map(link => <LinkRow key={`${link.source} ${link.target}`} link={link} graph={graph} from={side} filter={filter} />)}</ol>
      {links.length > shown.length && <p class="dim">{of(links.length - shown.length, 'more', 'more')}, weaker ones</p>}
    </>
  )
}

function Strongest({ graph, filter }: { graph: MapGraph; filter: string }) {
  const marked = graph.links.filter(link => link.change)
  return (
    <>
      {marked.length > 0 && <Panel title={`New and gone (${marked.length})`}><Links links={marked} graph={graph} filter={filter} /></Panel>}
      <Panel title="Strongest connections"><Links links={graph.links.filter(link => link.change !== 'gone')} graph={graph} filter={filter} /></Panel>
    </>
  )
}

function Chosen({ node, graph, level, filter }: { node: MapNode; graph: MapGraph; level: Level; filter: string }) {
  const [out, into] = [graph.links.filter(link => link.source === node.id), graph.links.filter(link => link.target === node.id && link.source !== node.id)]
  const down = deeper[level]
  const end: End = { kind: node.kind, namespace: node.namespace, name: node.name }
  return (
    <Panel title={<EndName end={end} />} aside={<span class="badge">{node.group === outside ? 'outside' : node.kind}</span>}>
      <div class="row">
        <a class="button" href={href('who', { kind: end.kind === 'External' ? 'Address' : end.kind, namespace: end.namespace, name: end.name })}>All about it</a>
        {down && end.kind !== 'External' && <a class="button" href={href('map', { level: down, filter: both(filter, about(end)), focus: null }, kept())}>Its {down}s</a>}
        <a class="button" href={href('flows', { filter: both(filter, about(end)) })}>Flows</a>
        <button type="button" onClick={() => set({ focus: null }, true)}>All of the map</button>
      </div>
      {out.length > 0 && <><h3 class="dim">It connects to {out.length}</h3><Links links={out} graph={graph} side={node.id} filter={filter} /></>}
      {into.length > 0 && <><h3 class="dim">{into.length} connect to it</h3><Links links={into} graph={graph} side={node.id} filter={filter} /></>}
    </Panel>
  )
}

/** The days that there are: one shows its map, or is what this one is compared with. */
function Days({ level, changes, isLoading, problem }: { level: Level; changes?: number; isLoading: boolean; problem?: string }) {
  const asked = useAnswer('days', signal => ask(api.GET('/api/v1/flows/timeseries', { params: { query: { from: '-30d', step: '1d' } }, signal })))
  const compare = param('compare')
  const data = asked.answer?.data
  const days = data && fill(data.data.map(point => ({ at: Date.parse(point.time), value: point.flows ?? 0 })), 86400e3, { from: Date.parse(data.window.from), to: Date.parse(data.window.to) })
  const shift = (by: number): void => {
    const window = resolved.value
    if (window) set({ from: iso(window.from + by * (window.to - window.from)), to: iso(window.to + by * (window.to - window.from)) })
  }
  return (
    <Panel title="Days" aside={
      <div class="row">
        <button type="button" onClick={() => shift(-1)}>Earlier</button>
        <button type="button" onClick={() => shift(1)}>Later</button>
        <label class="row">Compare with
          <select value={compare} onChange={event => set({ compare: event.currentTarget.value || null, ...(event.currentTarget.value && { level: 'workload' }) })}>
            <option value="">nothing</option>
            <option value="before">the {resolved.value ? length(resolved.value.to - resolved.value.from) : 'window'} before</option>
            {compare && compare !== 'before' && <option value={compare}>{compare}</option>}
            {days?.filter(point => point.value > 0 && resolved.value && point.at < resolved.value.from).reverse().map(point => iso(point.at).slice(0, 10))
              .filter(text => text !== compare).map(text => <option key={text} value={text}>{text}</option>)}
          </select>
        </label>
      </div>
    }>
      {days && <SeriesPlot low label="Flows of each day" step={86400e3} series={[{ name: 'flows', colour: '--plot-1', points: days }]}
        pick={(begin, end) => go(href('map', { from: iso(begin), to: iso(Math.min(end, Date.now())) }, kept()))} />}
      <p class="dim">
        Choose a day for its map ({zoneName(zone.value)}).{' '}
        {compare && level !== 'workload' ? 'Comparisons are of workloads.' : problem ? problem : isLoading ? 'Comparing …' : changes !== undefined && compare
          ? `${of(changes, 'edge')} new, gone or changed, compared with ${compare === 'before' ? 'the window before' : day(Date.parse(compare), 'utc')}.` : ''}
      </p>
    </Panel>
  )
}
