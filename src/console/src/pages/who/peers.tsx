import { api, ask } from '../../api/client'
import type { components } from '../../api/schema'
import { href } from '../../app/router'
import { useAnswer } from '../../app/use-answer'
import { from, to, zone } from '../../app/window'
import { between, endText, type End } from '../../lib/ends'
import { brief, count, of } from '../../lib/format'
import { idOf } from '../../lib/graph'
import { minute, zoneName } from '../../lib/time'
import { EndName } from '../../parts/end-name'
import { Covered, Empty, Panel, Shown } from '../../parts/states'
import { Scroll } from '../../parts/scroll'
import { networks } from './kinds'

type Edge = components['schemas']['TopologyMap']['edges'][number]

/** Whom it connects to, and who connects to it, port by port. */
export function Peers({ end, filter }: { end: End; filter: string }) {
  const level = end.kind === 'Pod' || networks.has(end.kind) ? ('pod' as const) : ('workload' as const)
  const query = { from: from.value, to: to.value, filter, level, limit: 1000 }
  const asked = useAnswer(`peers ${JSON.stringify(query)}`, signal => ask(api.GET('/api/v1/topology', { params: { query }, signal })))
  return (
    <Shown asked={asked} lines={8}>
      {(map, meta) => {
        const ends = new Map(map.nodes.map(node => [node.id, node as End]))
        // An address is the end that is part of every edge.
        const common = networks.has(end.kind)
          ? map.nodes.find(node => map.edges.every(edge => edge.source === node.id || edge.target === node.id))?.id
          : undefined
        const me = common ?? idOf(end)
        const isMine = (id: string): boolean =>
          id === me || (end.kind === 'Namespace' && ends.get(id)?.namespace === end.name) || (networks.has(end.kind) && isOf(end.name, ends.get(id)!))
        const [out, into] = [map.edges.filter(edge => isMine(edge.source)), map.edges.filter(edge => isMine(edge.target) && !isMine(edge.source))]
        const rest = map.edges.filter(edge => !isMine(edge.source) && !isMine(edge.target))
        return (
          <div class="stack">
            {(out.length > 0 || rest.length === 0) && <Edges title={`It connects to (${out.length})`} edges={out} ends={ends} side="target" />}
            {(into.length > 0 || rest.length === 0) && <Edges title={`Connects to it (${into.length})`} edges={into} ends={ends} side="source" />}
            {rest.length > 0 && <Edges title={`Through it (${rest.length})`} edges={rest} ends={ends} side="both" />}
            {map.other.edges > 0 && (
              <p class="notice">
                {of(map.other.edges, 'weaker edge')} with {brief(map.other.flows)} flows are left out: choose a shorter window.
              </p>
            )}
            <Covered meta={meta} />
          </div>
        )
      }}
    </Shown>
  )
}

/** Whether an end of the map, grouped to its network there, holds an address. */
const isOf = (address: string, end: End): boolean =>
  end.kind === 'External' && (end.name === address || (end.name.endsWith('.0/24') && address.startsWith(end.name.slice(0, -'0/24'.length))))

function Edges({ title, edges, ends, side }: { title: string; edges: Edge[]; ends: Map<string, End>; side: 'source' | 'target' | 'both' }) {
  const link = (end: End) => (
    <a href={href('who', { kind: end.kind === 'External' ? 'Address' : end.kind, namespace: end.namespace, name: end.name })}>
      <EndName end={end} />
    </a>
  )
  const sorted = [...edges].sort((one, other) => other.flows - one.flows).slice(0, 200)
  return (
    <Panel title={title} flush>
      {edges.length === 0 ? (
        <Empty title="Nobody in this window" />
      ) : (
        <Scroll label="Table of edges">
          <table>
            <thead>
              <tr>
                <th scope="col">{side === 'both' ? 'Client and server' : 'Peer'}</th>
                <th scope="col">Is</th>
                <th scope="col" class="num">
                  Port
                </th>
                <th scope="col" class="num">
                  Flows
                </th>
                <th scope="col" class="num">
                  Dropped
                </th>
                <th scope="col">First seen, {zoneName(zone.value)}</th>
                <th scope="col">Last new</th>
                <th scope="col">Reported by</th>
              </tr>
            </thead>
            <tbody>
              {sorted.map(edge => {
                const [client, server] = [ends.get(edge.source)!, ends.get(edge.target)!]
                const peer = side === 'source' ? client : server
                return (
                  <tr key={`${edge.source} ${edge.target} ${edge.server_port} ${edge.protocol}`} class={edge.dropped > 0 ? 'is-drop' : undefined}>
                    <td>
                      {side === 'both' ? (
                        <>
                          {link(client)} → {link(server)}
                        </>
                      ) : (
                        link(peer)
                      )}
                    </td>
                    <td class="dim">{side === 'both' ? '' : peer.kind === 'External' ? 'outside' : peer.kind}</td>
                    <td class="num">
                      {edge.server_port ?? ''}/{edge.protocol}
                    </td>
                    <td class="num">
                      <a
                        href={href('flows', { filter: between(client, server, edge.server_port, edge.protocol) })}
                        title={`Flows of ${endText(client)} → ${endText(server)}`}
                      >
                        {count(edge.flows)}
                      </a>
                    </td>
                    <td class={`num${edge.dropped ? ' drop' : ' dim'}`}>{edge.dropped || '–'}</td>
                    <td>{minute(edge.first_seen, zone.value)}</td>
                    <td>{edge.newest_first_seen && minute(edge.newest_first_seen, zone.value)}</td>
                    <td class="dim">{edge.reported_by.join(' and ')}</td>
                  </tr>
                )
              })}
            </tbody>
          </table>
          {edges.length > sorted.length && <p class="dim more">{edges.length - sorted.length} weaker ones more</p>}
        </Scroll>
      )}
    </Panel>
  )
}
