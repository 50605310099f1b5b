import { api, ask } from '../../api/client'
import { href } from '../../app/router'
import { useAnswer } from '../../app/use-answer'
import { from, to } from '../../app/window'
import { type End } from '../../lib/ends'
import { both, is } from '../../lib/filter'
import { count, of } from '../../lib/format'
import { Empty, Panel, Shown } from '../../parts/states'
import { Scroll } from '../../parts/scroll'

/** Which addresses it had. */
export function Addresses({ end }: { end: End }) {
  const own =
    end.kind === 'Pod'
      ? both(is('namespace', end.namespace), is('pod', end.name))
      : end.kind === 'Namespace'
        ? is('namespace', end.name)
        : end.kind === 'Node'
          ? is('node', end.name)
          : end.kind === 'Service'
            ? both(is('namespace', end.namespace), is('service', end.name))
            : both(is('namespace', end.namespace), is('workload', end.name))
  const query = { from: from.value, to: to.value, filter: own }
  const asked = useAnswer(`addresses ${JSON.stringify(query)}`, signal =>
    ask(api.GET('/api/v1/flows/top', { params: { query: { ...query, by: ['namespace', 'pod', 'pod_ip'], limit: 30 } }, signal })),
  )
  return (
    <Panel title={end.kind === 'Pod' ? 'Its addresses' : 'Its pods'} span={7} flush>
      <Shown asked={asked} lines={4}>
        {top =>
          top.data.length === 0 ? (
            <Empty title="It reported nothing in this window">Its peers may have: they are below.</Empty>
          ) : (
            <Scroll label="Table of addresses" kind="low">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Pod</th>
                    <th scope="col">Address</th>
                    <th scope="col" class="num">
                      Flows
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {top.data.map(row => (
                    <tr key={`${row.pod} ${row.pod_ip}`}>
                      <td>
                        <a href={href('who', { kind: 'Pod', namespace: String(row.namespace), name: String(row.pod) })}>
                          {end.kind === 'Node' && `${row.namespace}/`}
                          {String(row.pod)}
                        </a>
                      </td>
                      <td class="mono">
                        <a href={href('who', { kind: 'Address', name: String(row.pod_ip) })}>{String(row.pod_ip)}</a>
                      </td>
                      <td class="num">{count(row.flows)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
              {top.other.groups > 0 && <p class="dim more">{of(top.other.groups, 'other')}</p>}
            </Scroll>
          )
        }
      </Shown>
    </Panel>
  )
}
