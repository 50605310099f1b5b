import { api, ask } from '../../api/client'
import { set } from '../../app/router'
import { useAnswer } from '../../app/use-answer'
import { from, to } from '../../app/window'
import { is } from '../../lib/filter'

export function Target({ namespace, kind, name, onChange }: { namespace: string; kind: string; name: string; onChange: () => void }) {
  const window = { from: from.value, to: to.value }
  const namespaces = useAnswer(`namespaces ${JSON.stringify(window)}`, signal =>
    ask(api.GET('/api/v1/flows/top', { params: { query: { ...window, by: ['namespace'], limit: 1000 } }, signal })),
  )
  const workloads = useAnswer(namespace ? `workloads ${namespace} ${JSON.stringify(window)}` : null, signal =>
    ask(
      api.GET('/api/v1/flows/top', {
        params: { query: { ...window, by: ['workload_kind', 'workload'], filter: is('namespace', namespace), limit: 1000 } },
        signal,
      }),
    ),
  )
  const known = (namespaces.answer?.data.data ?? []).map(row => String(row.namespace)).sort()
  const targets = (workloads.answer?.data.data ?? [])
    .filter(row => row.workload)
    .map(row => `${row.workload_kind}/${row.workload}`)
    .sort()
  const chosen = kind && name ? `${kind}/${name}` : ''
  return (
    <>
      <label class="row">
        Namespace
        <select
          value={namespace}
          onChange={event => {
            onChange()
            set({ namespace: event.currentTarget.value || null, kind: null, name: null })
          }}
        >
          <option value="">choose</option>
          {namespace && !known.includes(namespace) && <option value={namespace}>{namespace}</option>}
          {known.map(one => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </label>
      <label class="row">
        Workload
        <select
          value={chosen}
          disabled={!namespace}
          onChange={event => {
            onChange()
            const [nextKind, nextName] = event.currentTarget.value.split('/')
            set({ kind: nextKind || null, name: nextName ?? null })
          }}
        >
          <option value="">all of it</option>
          {chosen && !targets.includes(chosen) && <option value={chosen}>{chosen}</option>}
          {targets.map(one => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </label>
    </>
  )
}
