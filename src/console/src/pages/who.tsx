import { api, ask } from '../api/client'
import { href, param } from '../app/router'
import { Head } from '../app/shell'
import { useAnswer } from '../app/use-answer'
import { from, to } from '../app/window'
import { about, type End } from '../lib/ends'
import { both, is } from '../lib/filter'
import { idOf } from '../lib/graph'
import { EndName } from '../parts/end-name'
import { VerdictRows } from '../parts/verdict-rows'
import { Strip } from '../parts/strip'
import { Empty, Panel } from '../parts/states'
import { networks, ofAddress } from './who/kinds'
import { Facts } from './who/facts'
import { Addresses } from './who/addresses'
import { Owners } from './who/owners'
import { Peers } from './who/peers'

/** Everything of one pod, workload, namespace, service, node or address: whom it talks to in both directions, and since when. */
export function Who() {
  const end: End = { kind: param('kind') || 'Pod', namespace: param('namespace'), name: param('name') }
  if (!end.name)
    return (
      <>
        <Head title="Nobody" />
        <section class="panel">
          <Empty title="The address names nobody">
            Choose a pod, workload or address on <a href={href('flows')}>Flows</a> or the <a href={href('map')}>Map</a>.
          </Empty>
        </section>
      </>
    )
  const isAddress = networks.has(end.kind)
  const filter = isAddress ? ofAddress(end.name) : about(end)
  return (
    <>
      <Head title={<EndName end={end} />} sub={<span class="badge">{isAddress ? (end.name.includes('/') ? 'network' : 'address') : end.kind}</span>}>
        <a class="button" href={href('flows', { filter })}>
          Flows
        </a>
        <a
          class="button"
          href={href('map', {
            level: end.kind === 'Namespace' ? 'workload' : isAddress || end.kind === 'Pod' ? 'pod' : 'workload',
            filter,
            focus: isAddress ? null : idOf(end),
          })}
        >
          On the map
        </a>
        <a class="button" href={href('live', { filter: isAddress || end.kind === 'Pod' || end.kind === 'Namespace' ? liveFilter(end) : null }, ['tz'])}>
          Live
        </a>
        {!isAddress && !['Pod', 'Namespace', 'Node', 'Service'].includes(end.kind) && (
          <a class="button" href={href('policies', { namespace: end.namespace, kind: end.kind, name: end.name })}>
            Propose a policy
          </a>
        )}
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
const liveFilter = (end: End): string =>
  networks.has(end.kind)
    ? ofAddress(end.name)
    : end.kind === 'Namespace'
      ? is('namespace', end.name)
      : both(is('namespace', end.namespace), is('pod', end.name))

/** What audit policies say of its namespace's flows; nothing where no evaluator is asked. */
function Verdicts({ end }: { end: End }) {
  const namespace = end.kind === 'Namespace' ? end.name : end.namespace
  const asked = useAnswer(namespace ? `verdicts ${namespace}` : null, signal =>
    ask(api.GET('/audit/verdicts', { params: { query: { namespace, limit: 200 } }, signal })),
  )
  const rows = (asked.answer?.data ?? []).filter(row => end.kind !== 'Pod' || row.src_pod === end.name || row.dst_pod === end.name).slice(0, 50)
  if (rows.length === 0) return null
  return (
    <Panel title="Verdicts of audit policies" flush>
      <VerdictRows rows={rows} />
    </Panel>
  )
}
