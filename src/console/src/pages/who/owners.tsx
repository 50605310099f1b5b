import { api, ask } from '../../api/client'
import type { components } from '../../api/schema'
import { href } from '../../app/router'
import { useAnswer } from '../../app/use-answer'
import { from, to, zone } from '../../app/window'
import { of } from '../../lib/format'
import { minute, zoneName } from '../../lib/time'
import { Empty, Panel, Shown } from '../../parts/states'
import { Scroll } from '../../parts/scroll'
import { ofAddress } from './kinds'

type Owner = components['schemas']['AddressOwners']['owners'][number]

const kinds = { POD: 'Pod', SERVICE: 'Service', NODE: 'Node' } as const

/** Whose an address was, from when to when, as the inventory knows it: what flows of those times show. */
export function Owners({ address }: { address: string }) {
  const query = { from: from.value, to: to.value }
  const asked = useAnswer(`owners ${address} ${JSON.stringify(query)}`, signal =>
    ask(api.GET('/api/v1/inventory/addresses/{ip}/owners', { params: { path: { ip: address }, query }, signal })),
  )
  const owners = asked.answer?.data.owners
  const now = owners?.find(owner => owner.to === null)
  return (
    <Panel title="Whose it was" span={7} flush aside={owners && <span class="dim">{now ? <>now: {nameOf(now)}</> : 'nobody’s now'}</span>}>
      <Shown asked={asked} lines={4}>
        {data =>
          data.owners.length === 0 ? (
            <Empty title="Nobody is known to have had it">
              It is in no inventory of this window: it lies outside, or agents have not sent the pods and services of that time.
            </Empty>
          ) : (
            <>
              <Scroll label="Table of owners">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">Owner</th>
                      <th scope="col">Is</th>
                      <th scope="col">From, {zoneName(zone.value)}</th>
                      <th scope="col">Until</th>
                      <th scope="col">On</th>
                      <th scope="col">
                        <span class="visually-hidden">Flows of that time</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {data.owners.map(owner => (
                      <tr key={`${owner.from} ${owner.name}`}>
                        <td>
                          {nameOf(owner)}
                          {owner.workload && owner.workload !== owner.name && (
                            <span class="dim">
                              {' '}
                              {owner.workload_kind} {owner.workload}
                            </span>
                          )}
                        </td>
                        <td>{kinds[owner.type].toLowerCase()}</td>
                        <td>{minute(owner.from, zone.value)}</td>
                        <td>{owner.to ? minute(owner.to, zone.value) : 'now'}</td>
                        <td class="dim">{owner.node}</td>
                        <td>
                          <a href={href('flows', { from: owner.from, to: owner.to ?? 'now', filter: ofAddress(address) }, ['tz'])}>Flows</a>
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Scroll>
              {data.cut && <p class="dim more">The newest {of(data.owners.length, 'owner')}: choose a shorter window for those before.</p>}
            </>
          )
        }
      </Shown>
    </Panel>
  )
}

const nameOf = (owner: Owner) => (
  <a href={href('who', { kind: kinds[owner.type], namespace: owner.namespace, name: owner.name })}>
    {owner.namespace ? `${owner.namespace}/${owner.name}` : owner.name}
  </a>
)
