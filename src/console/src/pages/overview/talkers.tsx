import { api, ask } from '../../api/client'
import { href, param } from '../../app/router'
import { useAnswer } from '../../app/use-answer'
import { from, to } from '../../app/window'
import { both, is } from '../../lib/filter'
import { brief, of } from '../../lib/format'
import { Bars } from '../../parts/bars'
import { Segments } from '../../parts/segments'
import { Empty, Panel, Shown } from '../../parts/states'

const dimensions: Record<string, { by: string[]; filter: (row: Record<string, unknown>) => string; what: (row: Record<string, unknown>) => string }> = {
  workload: {
    by: ['namespace', 'workload'],
    filter: row => both(is('namespace', text(row.namespace)), row.workload === null ? 'not workload exists' : is('workload', text(row.workload))),
    what: row => `${text(row.namespace)}/${row.workload === null ? '(no workload)' : text(row.workload)}`,
  },
  namespace: { by: ['namespace'], filter: row => is('namespace', text(row.namespace)), what: row => text(row.namespace) },
  pod: {
    by: ['namespace', 'pod'],
    filter: row => both(is('namespace', text(row.namespace)), is('pod', text(row.pod))),
    what: row => `${text(row.namespace)}/${text(row.pod)}`,
  },
  peer: { by: ['peer_ip'], filter: row => is('peer_ip', text(row.peer_ip)), what: row => text(row.peer_ip) },
}

const text = (value: unknown): string => (value === null || value === undefined ? '(none)' : String(value))

export function Talkers() {
  const name = dimensions[param('top')] ? param('top') : 'workload'
  const dimension = dimensions[name]!
  const window = { from: from.value, to: to.value }
  const asked = useAnswer(`top ${name} ${window.from} ${window.to}`, signal =>
    ask(api.GET('/api/v1/flows/top', { params: { query: { ...window, by: dimension.by as 'pod'[], limit: 10 } }, signal })),
  )
  return (
    <Panel
      title="Top talkers"
      span={4}
      aside={
        <Segments
          label="By"
          name="top"
          fallback="workload"
          options={[
            ['workload', 'Workload'],
            ['namespace', 'Namespace'],
            ['pod', 'Pod'],
            ['peer', 'Peer'],
          ]}
        />
      }
    >
      <Shown asked={asked} lines={10}>
        {top =>
          top.data.length === 0 ? (
            <Empty title="Nobody reported flows in this window" />
          ) : (
            <>
              <Bars
                unit="flows"
                rows={top.data.map(row => {
                  const filter = dimension.filter(row)
                  return { key: filter, what: dimension.what(row), value: row.flows, to: href('flows', { filter }) }
                })}
              />
              {top.other.groups > 0 && (
                <p class="dim">
                  {of(top.other.groups, 'other')} with {brief(top.other.flows)} flows
                </p>
              )}
            </>
          )
        }
      </Shown>
    </Panel>
  )
}
