import { api, ask } from '../../api/client'
import { href } from '../../app/router'
import { useAnswer } from '../../app/use-answer'
import { from, resolved, to } from '../../app/window'
import { between, endText } from '../../lib/ends'
import { both } from '../../lib/filter'
import { brief, of } from '../../lib/format'
import { length } from '../../lib/time'
import { Bars } from '../../parts/bars'
import { EndName } from '../../parts/end-name'
import { Empty, Panel, Shown } from '../../parts/states'
import { dropped } from './filters'

export function Drops() {
  const window = { from: from.value, to: to.value }
  const asked = useAnswer(`drop edges ${window.from} ${window.to}`, signal =>
    ask(api.GET('/api/v1/topology', { params: { query: { ...window, filter: dropped, level: 'workload', limit: 9 } }, signal })),
  )
  return (
    <Panel title="Dropped, by connection" span={4} aside={<a href={href('map', { level: 'workload', filter: dropped })}>On the map</a>}>
      <Shown asked={asked} lines={10}>
        {map => {
          if (map.edges.length === 0) return <Empty title="Nothing was dropped">No flow of this window was reported as dropped.</Empty>
          const ends = new Map(map.nodes.map(node => [node.id, node]))
          return (
            <>
              <Bars
                unit="dropped flows"
                isDrop
                rows={map.edges.map(edge => {
                  const [client, server] = [ends.get(edge.source)!, ends.get(edge.target)!]
                  return {
                    key: `${edge.source} ${edge.target} ${edge.server_port} ${edge.protocol}`,
                    value: edge.flows,
                    what: (
                      <>
                        <EndName end={client} /> → <EndName end={server} />{' '}
                        <span class="dim">
                          {edge.server_port ?? ''}/{edge.protocol}
                        </span>
                      </>
                    ),
                    title: `${endText(client)} → ${endText(server)} ${edge.server_port ?? ''}/${edge.protocol}: ${of(edge.flows, 'dropped flow')}`,
                    to: href('flows', { filter: both(between(client, server, edge.server_port, edge.protocol), dropped) }),
                  }
                })}
              />
              {map.other.edges > 0 && (
                <p class="dim">
                  {of(map.other.edges, 'other edge')} with {brief(map.other.flows)} flows
                </p>
              )}
            </>
          )
        }}
      </Shown>
    </Panel>
  )
}

export function NewEdges() {
  const window = { from: from.value, to: to.value }
  const asked = useAnswer(`changes ${window.from} ${window.to}`, signal =>
    ask(api.GET('/api/v1/edges/changes', { params: { query: { ...window, limit: 10_000 } }, signal })),
  )
  return (
    <Panel title="New edges" span={4} aside={<a href={href('map', { level: 'workload', compare: 'before' })}>On the map</a>}>
      <Shown asked={asked} lines={10}>
        {changes => {
          const fresh = changes.data.filter(edge => edge.change === 'new' && edge.after)
          const inside = fresh.filter(edge => edge.client.kind !== 'External' && edge.server.kind !== 'External')
          const shown = (inside.length > 0 ? inside : fresh).sort((one, another) => another.after!.flows - one.after!.flows).slice(0, 9)
          if (shown.length === 0) return <Empty title="No new edges">Who talked in this window did so in the one before as well.</Empty>
          return (
            <>
              <Bars
                unit="flows"
                rows={shown.map(edge => ({
                  key: JSON.stringify([edge.client, edge.server, edge.server_port, edge.protocol]),
                  value: edge.after!.flows,
                  what: (
                    <>
                      <EndName end={edge.client} /> → <EndName end={edge.server} />{' '}
                      <span class="dim">
                        {edge.server_port ?? ''}/{edge.protocol}
                      </span>
                    </>
                  ),
                  title: `${endText(edge.client)} → ${endText(edge.server)}, first seen ${edge.after!.first_seen}, ${edge.after!.decisions.join(' and ')}`,
                  to: href('flows', { filter: between(edge.client, edge.server, edge.server_port, edge.protocol) }),
                }))}
              />
              <p class="dim">
                {of(inside.length, 'new edge')} within the cluster, {fresh.length - inside.length} with networks outside
                {changes.cut ? ', of those looked at' : ''}; compared with the {resolved.value ? length(resolved.value.to - resolved.value.from) : 'time'}{' '}
                before
              </p>
            </>
          )
        }}
      </Shown>
    </Panel>
  )
}
