import { api, ask } from '../../api/client'
import { Problem } from '../../api/problem'
import { href } from '../../app/router'
import { useAnswer } from '../../app/use-answer'
import { from, to, zone } from '../../app/window'
import { both, is, quote } from '../../lib/filter'
import { count } from '../../lib/format'
import { minute, zoneName } from '../../lib/time'
import { Empty, Panel, Shown } from '../../parts/states'
import { Scroll } from '../../parts/scroll'

interface Owner {
  type: string
  namespace: string
  name: string
  flows: number
  first?: string
  last?: string
}

/** Whose an address was, as of the times of flows. */
export function Owners({ address }: { address: string }) {
  const query = { from: from.value, to: to.value }
  const asked = useAnswer(`owners ${address} ${JSON.stringify(query)}`, async signal => {
    const filter = `peer_ip = ${quote(address)}`
    const [peers, reporters] = await Promise.all([
      ask(api.GET('/api/v1/flows/top', { params: { query: { ...query, by: ['peer_type', 'peer_namespace', 'peer_pod'], filter, limit: 5 } }, signal })),
      ask(api.GET('/api/v1/flows/top', { params: { query: { ...query, by: ['namespace', 'pod'], filter: `pod_ip = ${quote(address)}`, limit: 5 } }, signal })),
    ])
    const owners = new Map<string, Owner>()
    for (const row of reporters.data.data)
      owners.set(`${row.namespace}/${row.pod}`, { type: 'POD', namespace: String(row.namespace), name: String(row.pod), flows: row.flows })
    for (const row of peers.data.data) {
      const key = `${row.peer_namespace}/${row.peer_pod}`
      const known = owners.get(key)
      if (known) known.flows += row.flows
      else
        owners.set(key, { type: String(row.peer_type ?? ''), namespace: String(row.peer_namespace ?? ''), name: String(row.peer_pod ?? ''), flows: row.flows })
    }
    const times = await Promise.all(
      [...owners.values()].slice(0, 4).flatMap(owner =>
        (['asc', 'desc'] as const).map(async order => {
          const whose = owner.name
            ? `(${both(is('peer_namespace', owner.namespace), is('peer_pod', owner.name), filter)}) or ` +
              `(${both(is('namespace', owner.namespace), is('pod', owner.name), `pod_ip = ${quote(address)}`)})`
            : both(filter, owner.type ? is('peer_type', owner.type) : 'not peer_type exists')
          const flow = await ask<{ data: { time_stamp?: string }[] }>(
            api.GET('/api/v1/flows', { params: { query: { ...query, filter: whose, order, limit: 1, fields: ['time_stamp'] } }, signal }) as never,
          )
          return { owner, order, at: flow.data.data[0]?.time_stamp }
        }),
      ),
    )
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
    <Panel
      title="Whose it was"
      span={7}
      flush
      aside={
        <span class="dim">
          {pod?.pod_name ? (
            <>
              {pod.is_dead ? 'last' : 'now'}:{' '}
              <a href={href('who', { kind: 'Pod', namespace: pod.pod_namespace, name: pod.pod_name })}>
                {pod.pod_namespace}/{pod.pod_name}
              </a>
            </>
          ) : now.isLoading ? (
            ''
          ) : (
            'in no inventory now'
          )}
        </span>
      }
    >
      <Shown asked={asked} lines={4}>
        {owners =>
          owners.length === 0 ? (
            <Empty title="No flow of this window has it" />
          ) : (
            <Scroll label="Table of owners">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Owner</th>
                    <th scope="col">Is</th>
                    <th scope="col">First seen, {zoneName(zone.value)}</th>
                    <th scope="col">Last new</th>
                    <th scope="col" class="num">
                      Flows
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {owners.map(owner => (
                    <tr key={`${owner.namespace}/${owner.name}`}>
                      <td>
                        {owner.name ? (
                          <a href={href('who', { kind: 'Pod', namespace: owner.namespace, name: owner.name })}>
                            {owner.namespace}/{owner.name}
                          </a>
                        ) : (
                          <span class="dim">{owner.type ? owner.namespace || owner.type : 'nobody known'}</span>
                        )}
                      </td>
                      <td>{owner.type ? owner.type.toLowerCase() : 'outside'}</td>
                      <td>{owner.first && minute(owner.first, zone.value)}</td>
                      <td>{owner.last && minute(owner.last, zone.value)}</td>
                      <td class="num">{count(owner.flows)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Scroll>
          )
        }
      </Shown>
    </Panel>
  )
}
