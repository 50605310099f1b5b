import { api, ask } from '../../api/client'
import { href } from '../../app/router'
import { useAnswer } from '../../app/use-answer'
import { from, to, zone } from '../../app/window'
import { type End } from '../../lib/ends'
import { both, is } from '../../lib/filter'
import { count } from '../../lib/format'
import { minute, zoneName } from '../../lib/time'
import { Panel } from '../../parts/states'

export function Facts({ end, filter }: { end: End; filter: string }) {
  const query = { from: from.value, to: to.value, filter }
  const one = (order: 'asc' | 'desc') =>
    useAnswer(`${order} ${JSON.stringify(query)}`, signal =>
      ask<{ data: { time_stamp?: string }[] }>(
        api.GET('/api/v1/flows', { params: { query: { ...query, order, limit: 1, fields: ['time_stamp'] } }, signal }) as never,
      ),
    )
  const [first, last] = [one('asc'), one('desc')]
  const decisions = useAnswer(`decisions ${JSON.stringify(query)}`, signal =>
    ask(api.GET('/api/v1/flows/top', { params: { query: { ...query, by: ['decision', 'direction'] } }, signal })),
  )
  const when = (asked: typeof first): string => {
    const at = asked.answer?.data.data[0]?.time_stamp
    return at ? `${minute(at, zone.value)} ${zoneName(zone.value)}` : asked.isLoading ? '…' : '–'
  }
  return (
    <Panel title="In this window" span={5}>
      <dl class="facts">
        <dt>First new flow</dt>
        <dd>{when(first)}</dd>
        <dt>Last new flow</dt>
        <dd>{when(last)}</dd>
        {decisions.answer?.data.data.map(row => (
          <>
            <dt>
              {String(row.direction ?? '–').toLowerCase()}, {String(row.decision ?? '–')}
            </dt>
            <dd>
              <a
                href={href('flows', {
                  filter: both(
                    filter,
                    row.decision === null ? 'not decision exists' : is('decision', String(row.decision)),
                    row.direction === null ? '' : is('direction', String(row.direction)),
                  ),
                })}
              >
                {count(row.flows)}
              </a>
            </dd>
          </>
        ))}
        {end.namespace && (
          <>
            <dt>Namespace</dt>
            <dd>
              <a href={href('who', { kind: 'Namespace', name: end.namespace })}>{end.namespace}</a>
            </dd>
          </>
        )}
        {end.kind === 'Pod' && <Workload end={end} />}
      </dl>
    </Panel>
  )
}

function Workload({ end }: { end: End }) {
  const query = { from: from.value, to: to.value, filter: both(is('namespace', end.namespace), is('pod', end.name)) }
  const asked = useAnswer(`workload ${JSON.stringify(query)}`, signal =>
    ask(api.GET('/api/v1/flows/top', { params: { query: { ...query, by: ['workload_kind', 'workload', 'node'], limit: 3 } }, signal })),
  )
  return (
    <>
      {asked.answer?.data.data
        .filter(row => row.workload)
        .map(row => (
          <>
            <dt>{String(row.workload_kind)}</dt>
            <dd>
              <a href={href('who', { kind: String(row.workload_kind), namespace: end.namespace, name: String(row.workload) })}>{String(row.workload)}</a>
            </dd>
            {row.node && (
              <>
                <dt>Node</dt>
                <dd>
                  <a href={href('who', { kind: 'Node', name: String(row.node) })}>{String(row.node)}</a>
                </dd>
              </>
            )}
          </>
        ))}
    </>
  )
}
