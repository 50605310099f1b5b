import { api, ask } from '../api/client'
import { Problem } from '../api/problem'
import type { components } from '../api/schema'
import { href, param } from '../app/router'
import { Head } from '../app/shell'
import { useAnswer } from '../app/use-answer'
import { from, to, zone } from '../app/window'
import { about, between, endText, type End } from '../lib/ends'
import { both, is, quote } from '../lib/filter'
import { brief, count, of } from '../lib/format'
import { idOf } from '../lib/graph'
import { minute, zoneName } from '../lib/time'
import { EndName } from '../parts/end-name'
import { VerdictRows } from '../parts/verdict-rows'
import { Strip } from '../parts/strip'
import { Covered, Empty, Panel, Shown } from '../parts/states'
import { Scroll } from '../parts/scroll'

type Edge = components['schemas']['TopologyMap']['edges'][number]

const networks = new Set(['Address', 'External'])

/** Flows that an address or network has to do with. */
const ofAddress = (name: string): string => (name.includes('/') ? `pod_ip in ${name} or peer_ip in ${name}` : `pod_ip = ${quote(name)} or peer_ip = ${quote(name)}`)

/** Everything of one pod, workload, namespace, service, node or address: whom it talks to in both directions, and since when. */
export function Who() {
  const end: End = { kind: param('kind') || 'Pod', namespace: param('namespace'), name: param('name') }
  if (!end.name) return <><Head title="Nobody" /><section class="panel"><Empty title="The address names nobody">Choose a pod, workload or address on <a href={href('flows')}>Flows</a> or the <a href={href('map')}>Map</a>.</Empty></section></>
  const isAddress = networks.has(end.kind)
  const filter = isAddress ? ofAddress(end.name) : about(end)
  return (
    <>
      <Head title={<EndName end={end} />} sub={<span class="badge">{isAddress ? (end.name.includes('/') ? 'network' : 'address') : end.kind}</span>}>
        <a class="button" href={href('flows', { filter })}>Flows</a>
        <a class="button" href={href('map', { level: end.kind === 'Namespace' ? 'workload' : isAddress || end.kind === 'Pod' ? 'pod' : 'workload', filter, focus: isAddress ? null : idOf(end) })}>On the map</a>
        <a class="button" href={href('live', { filter: isAddress || end.kind === 'Pod' || end.kind === 'Namespace' ? liveFilter(end) : null }, ['tz'])}>Live</a>
        {!isAddress && !['Pod', 'Namespace', 'Node', 'Service'].includes(end.kind) && <a class="button" href={href('policies', { namespace: end.namespace, kind: end.kind, name: end.name })}>Propose a policy</a>}
      </Head>
      <Strip query={{ from: from.value, to: to.value, filter }} />
      <div class="grid">
        <Facts end={end} filter={filter} />
        {isAddress && !end.name.includes('/') ? <Owners address={end.name} /> : <Addresses end={end} />}
      </div>
      <Peers end={end} filter={filter} />
      {!isAddress && <Verdicts end={end} />}
    </>
  )
}

/** Tails know no names: the reporting side alone can be asked for. */
const liveFilter = (end: End): string => (networks.has(end.kind) ? ofAddress(end.name) : end.kind === 'Namespace' ? is('namespace', end.name) : both(is('namespace', end.namespace), is('pod', end.name)))

function Facts({ end, filter }: { end: End; filter: string }) {
  const query = { from: from.value, to: to.value, filter }
  const one = (order: 'asc' | 'desc') => useAnswer(`${order} ${JSON.stringify(query)}`, signal =>
    ask<{ data: { time_stamp?: string }[] }>(api.GET('/api/v1/flows', { params: { query: { ...query, order, limit: 1, fields: ['time_stamp'] } }, signal }) as never))
  const [first, last] = [one('asc'), one('desc')]
  const decisions = useAnswer(`decisions ${JSON.stringify(query)}`, signal => ask(api.GET('/api/v1/flows/top', { params: { query: { ...query, by: ['decision', 'direction'] } }, signal })))
  const when = (asked: typeof first): string => {
    const at = asked.answer?.data.data[0]?.time_stamp
    return at ? `${minute(at, zone.value)} ${zoneName(zone.value)}` : asked.isLoading ? '…' : '–'
  }
  return (
    <Panel title="In this window" span={5}>
      <dl class="facts">
        <dt>First new flow</dt><dd>{when(first)}</dd>
        <dt>Last new flow</dt><dd>{when(last)}</dd>
        {decisions.answer?.data.data.map(row => (
          <><dt>{String(row.direction ?? '–').toLowerCase()}, {String(row.decision ?? '–')}</dt>
            <dd><a href={href('flows', { filter: both(filter, row.decision === null ? 'not decision exists' : is('decision', String(row.decision)), row.direction === null ? '' : is('direction', String(row.direction))) })}>{count(row.flows)}</a></dd></>
        ))}
        {end.namespace && <><dt>Namespace</dt><dd><a href={href('who', { kind: 'Namespace', name: end.namespace })}>{end.namespace}</a></dd></>}
        {end.kind === 'Pod' && <Workload end={end} />}
      </dl>
    </Panel>
  )
}

function Workload({ end }: { end: End }) {
  const query = { from: from.value, to: to.value, filter: both(is('namespace', end.namespace), is('pod', end.name)) }
  const asked = useAnswer(`workload ${JSON.stringify(query)}`, signal => ask(api.GET('/api/v1/flows/top', { params: { query: { ...query, by: ['workload_kind', 'workload', 'node'], limit: 3 } }, signal })))
  return <>{asked.answer?.data.data.filter(row => row.workload).map(row => (
    <><dt>{String(row.workload_kind)}</dt><dd><a href={href('who', { kind: String(row.workload_kind), namespace: end.namespace, name: String(row.workload) })}>{String(row.workload)}</a></dd>
      {row.node && <><dt>Node</dt><dd><a href={href('who', { kind: 'Node', name: String(row.node) })}>{String(row.node)}</a></dd></>}</>
  ))}</>
}

/** Which addresses it had. */
function Addresses({ end }: { end: End }) {
  const own = end.kind === 'Pod' ? both(is('namespace', end.namespace), is('pod', end.name)) : end.kind === 'Namespace' ? is('namespace', end.name)
    : end.kind === 'Node' ? is('node', end.name) : end.kind === 'Service' ? both(is('namespace', end.namespace), is('service', end.name))
    : both(is('namespace', end.namespace), is('workload', end.name))
  const query = { from: from.value, to: to.value, filter: own }
  const asked = useAnswer(`addresses ${JSON.stringify(query)}`, signal =>
    ask(api.GET('/api/v1/flows/top', { params: { query: { ...query, by: ['namespace', 'pod', 'pod_ip'], limit: 30 } }, signal })))
  return (
    <Panel title={end.kind === 'Pod' ? 'Its addresses' : 'Its pods'} span={7} flush>
      <Shown asked={asked} lines={4}>{top => top.data.length === 0 ? <Empty title="It reported nothing in this window">Its peers may have: they are below.</Empty> : (
        <Scroll label="Table of addresses" kind="low"><table>
          <thead><tr><th scope="col">Pod</th><th scope="col">Address</th><th scope="col" class="num">Flows</th></tr></thead>
          <tbody>{top.data.map(row => (
            <tr key={`${row.pod} ${row.pod_ip}`}>
              <td><a href={href('who', { kind: 'Pod', namespace: String(row.namespace), name: String(row.pod) })}>{end.kind === 'Node' && `${row.namespace}/`}{String(row.pod)}</a></td>
              <td class="mono"><a href={href('who', { kind: 'Address', name: String(row.pod_ip) })}>{String(row.pod_ip)}</a></td>
              <td class="num">{count(row.flows)}</td>
            </tr>
          ))}</tbody>
        </table>{top.other.groups > 0 && <p class="dim more">{of(top.other.groups, 'other')}</p>}</Scroll>
      )}</Shown>
    </Panel>
  )
}

interface Owner { type: string; namespace: string; name: string; flows: number; first?: string; last?: string }

/** Whose an address was, as of the times of flows. */
function Owners({ address }: { address: string }) {
  const query = { from: from.value, to: to.value }
  const asked = useAnswer(`owners ${address} ${JSON.stringify(query)}`, async signal => {
    const filter = `peer_ip = ${quote(address)}`
    const [peers, reporters] = await Promise.all([
      ask(api.GET('/api/v1/flows/top', { params: { query: { ...query, by: ['peer_type', 'peer_namespace', 'peer_pod'], filter, limit: 5 } }, signal })),
      ask(api.GET('/api/v1/flows/top', { params: { query: { ...query, by: ['namespace', 'pod'], filter: `pod_ip = ${quote(address)}`, limit: 5 } }, signal })),
    ])
    const owners = new Map<string, Owner>()
    for (const row of reporters.data.data) owners.set(`${row.namespace}/${row.pod}`, { type: 'POD', namespace: String(row.namespace), name: String(row.pod), flows: row.flows })
    for (const row of peers.data.data) {
      const key = `${row.peer_namespace}/${row.peer_pod}`
      const known = owners.get(key)
      if (known) known.flows += row.flows
      else owners.set(key, { type: String(row.peer_type ?? ''), namespace: String(row.peer_namespace ?? ''), name: String(row.peer_pod ?? ''), flows: row.flows })
    }
    const times = await Promise.all([...owners.values()].slice(0, 4).flatMap(owner => (['asc', 'desc'] as const).map(async order => {
      const whose = owner.name ? `(${both(is('peer_namespace', owner.namespace), is('peer_pod', owner.name), filter)}) or (${both(is('namespace', owner.namespace), is('pod', owner.name), `pod_ip = ${quote(address)}`)})`
        : both(filter, owner.type ? is('peer_type', owner.type) : 'not peer_type exists')
      const flow = await ask<{ data: { time_stamp?: string }[] }>(api.GET('/api/v1/flows', { params: { query: { ...query, filter: whose, order, limit: 1, fields: ['time_stamp'] } }, signal }) as never)
      return { owner, order, at: flow.data.data[0]?.time_stamp }
    })))
    for (const { owner, order, at } of times) owner[order === 'asc' ? 'first' : 'last'] = at
    return { data: [...owners.values()].sort((one, other) => (other.last ?? '').localeCompare(one.last ?? '')), meta: peers.meta }
  })
  const now = useAnswer(`pod of ${address}`, async signal => {
    try {
      return await ask(api.GET('/pod/ip/{ip}', { params: { path: { ip: address } }, signal }))
    } catch (problem) {
      if (problem instanceof Problem && problem.status === 404) return { data: null, meta: { cut: false, took: 0 } }
      throw problem
    }
  })
  const pod = now.answer?.data as { pod_name?: string; pod_namespace?: string; is_dead?: boolean } | null | undefined
  return (
    <Panel title="Whose it was" span={7} flush aside={<span class="dim">{pod?.pod_name ? <>{pod.is_dead ? 'last' : 'now'}: <a href={href('who', { kind: 'Pod', namespace: pod.pod_namespace, name: pod.pod_name })}>{pod.pod_namespace}/{pod.pod_name}</a></> : now.isLoading ? '' : 'in no inventory now'}</span>}>
      <Shown asked={asked} lines={4}>{owners => owners.length === 0 ? <Empty title="No flow of this window has it" /> : (
        <Scroll label="Table of owners"><table>
          <thead><tr><th scope="col">Owner</th><th scope="col">Is</th><th scope="col">First seen, {zoneName(zone.value)}</th><th scope="col">Last new</th><th scope="col" class="num">Flows</th></tr></thead>
          <tbody>{owners.map(owner => (
            <tr key={`${owner.namespace}/${owner.name}`}>
              <td>{owner.name ? <a href={href('who', { kind: 'Pod', namespace: owner.namespace, name: owner.name })}>{owner.namespace}/{owner.name}</a> : <span class="dim">{owner.type ? owner.namespace || owner.type : 'nobody known'}</span>}</td>
              <td>{owner.type ? owner.type.toLowerCase() : 'outside'}</td><td>{owner.first && minute(owner.first, zone.value)}</td><td>{owner.last && minute(owner.last, zone.value)}</td>
              <td class="num">{count(owner.flows)}</td>
            </tr>
          ))}</tbody>
        </table></Scroll>
      )}</Shown>
    </Panel>
  )
}

/** Whom it connects to, and who connects to it, port by port. */
function Peers({ end, filter }: { end: End; filter: string }) {
  const level = end.kind === 'Pod' || networks.has(end.kind) ? 'pod' as const : 'workload' as const
  const query = { from: from.value, to: to.value, filter, level, limit: 1000 }
  const asked = useAnswer(`peers ${JSON.stringify(query)}`, signal => ask(api.GET('/api/v1/topology', { params: { query }, signal })))
  return (
    <Shown asked={asked} lines={8}>{(map, meta) => {
      const ends = new Map(map.nodes.map(node => [node.id, node as End]))
      // An address is the end that is part of every edge.
      const common = networks.has(end.kind) ? map.nodes.find(node => map.edges.every(edge => edge.source === node.id || edge.target === node.id))?.id : undefined
      const me = common ?? idOf(end)
      const isMine = (id: string): boolean => id === me || (end.kind === 'Namespace' && ends.get(id)?.namespace === end.name)
        || (networks.has(end.kind) && isOf(end.name, ends.get(id)!))
      const [out, into] = [map.edges.filter(edge => isMine(edge.source)), map.edges.filter(edge => isMine(edge.target) && !isMine(edge.source))]
      const rest = map.edges.filter(edge => !isMine(edge.source) && !isMine(edge.target))
      return (
        <div class="stack">
          {(out.length > 0 || rest.length === 0) && <Edges title={`It connects to (${out.length})`} edges={out} ends={ends} side="target" />}
          {(into.length > 0 || rest.length === 0) && <Edges title={`Connects to it (${into.length})`} edges={into} ends={ends} side="source" />}
          {rest.length > 0 && <Edges title={`Through it (${rest.length})`} edges={rest} ends={ends} side="both" />}
          {map.other.edges > 0 && <p class="notice">{of(map.other.edges, 'weaker edge')} with {brief(map.other.flows)} flows are left out: choose a shorter window.</p>}
          <Covered meta={meta} />
        </div>
      )
    }}</Shown>
  )
}

/** Whether an end of the map, grouped to its network there, holds an address. */
const isOf = (address: string, end: End): boolean =>
  end.kind === 'External' && (end.name === address || (end.name.endsWith('.0/24') && address.startsWith(end.name.slice(0, -'0/24'.length))))

function Edges({ title, edges, ends, side }: { title: string; edges: Edge[]; ends: Map<string, End>; side: 'source' | 'target' | 'both' }) {
  const link = (end: End) => <a href={href('who', { kind: end.kind === 'External' ? 'Address' : end.kind, namespace: end.namespace, name: end.name })}><EndName end={end} /></a>
  const sorted = [...edges].sort((one, other) => other.flows - one.flows).slice(0, 200)
  return (
    <Panel title={title} flush>
      {edges.length === 0 ? <Empty title="Nobody in this window" /> : (
        <Scroll label="Table of edges"><table>
          <thead><tr>
            <th scope="col">{side === 'both' ? 'Client and server' : 'Peer'}</th><th scope="col">Is</th><th scope="col" class="num">Port</th><th scope="col" class="num">Flows</th><th scope="col" class="num">Dropped</th>
            <th scope="col">First seen, {zoneName(zone.value)}</th><th scope="col">Last new</th><th scope="col">Reported by</th>
          </tr></thead>
          <tbody>{sorted.map(edge => {
            const [client, server] = [ends.get(edge.source)!, ends.get(edge.target)!]
            const peer = side === 'source' ? client : server
            return (
              <tr key={`${edge.source} ${edge.target} ${edge.server_port} ${edge.protocol}`} class={edge.dropped > 0 ? 'is-drop' : undefined}>
                <td>{side === 'both' ? <>{link(client)} → {link(server)}</> : link(peer)}</td>
                <td class="dim">{side === 'both' ? '' : peer.kind === 'External' ? 'outside' : peer.kind}</td>
                <td class="num">{edge.server_port ?? ''}/{edge.protocol}</td>
                <td class="num"><a href={href('flows', { filter: between(client, server, edge.server_port, edge.protocol) })} title={`Flows of ${endText(client)} → ${endText(server)}`}>{count(edge.flows)}</a></td>
                <td class={`num${edge.dropped ? ' drop' : ' dim'}`}>{edge.dropped || '–'}</td>
                <td>{minute(edge.first_seen, zone.value)}</td><td>{edge.newest_first_seen && minute(edge.newest_first_seen, zone.value)}</td>
                <td class="dim">{edge.reported_by.join(' and ')}</td>
              </tr>
            )
          })}</tbody>
        </table>{edges.length > sorted.length && <p class="dim more">{edges.length - sorted.length} weaker ones more</p>}</Scroll>
      )}
    </Panel>
  )
}

/** What audit policies say of its namespace's flows; nothing where no evaluator is asked. */
function Verdicts({ end }: { end: End }) {
  const namespace = end.kind === 'Namespace' ? end.name : end.namespace
  const asked = useAnswer(namespace ? `verdicts ${namespace}` : null, signal => ask(api.GET('/audit/verdicts', { params: { query: { namespace, limit: 200 } }, signal })))
  const rows = (asked.answer?.data ?? []).filter(row => end.kind !== 'Pod' || row.src_pod === end.name || row.dst_pod === end.name).slice(0, 50)
  if (rows.length === 0) return null
  return (
    <Panel title="Verdicts of audit policies" flush>
      <VerdictRows rows={rows} />
    </Panel>
  )
}
