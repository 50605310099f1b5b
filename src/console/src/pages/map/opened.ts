import { useMemo } from 'preact/hooks'
import { api, ask, type Answer } from '../../api/client'
import { param, set } from '../../app/router'
import { useAnswer, type Asked } from '../../app/use-answer'
import { more, openedIn, type TopologyMap } from '../../lib/drill'
import { about, other, own, type End } from '../../lib/ends'
import { both } from '../../lib/filter'
import { idOf } from '../../lib/graph'

/** How many ends of an opened one are drawn at first, and how many more each time. */
const step = 60

/** What is opened on the map: a namespace, and within it a workload. */
export interface Opened {
  namespace?: End
  workload?: End
  most: number
}

/** As the address has it: <c>open=shop</c>, <c>within=Deployment/web</c>, <c>more=120</c>. */
export function opened(): Opened {
  const [name, within, most] = [param('open'), param('within'), Number(param('more'))]
  const [kind, ...rest] = within.split('/')
  return {
    namespace: name ? { kind: 'Namespace', namespace: '', name } : undefined,
    workload: name && kind && rest.length ? { kind, namespace: name, name: rest.join('/') } : undefined,
    most: Number.isInteger(most) && most > step && most <= 3000 ? most : step,
  }
}

/** Opens an end in place; false when there is nothing within it. */
export function open(end: End, now: Opened): boolean {
  if (end.kind === 'Namespace') set({ open: end.name, within: null, more: null, focus: null })
  else if (end.kind === more) set({ more: now.most + step, focus: null })
  else if (end.kind !== 'Pod' && end.kind !== 'External' && end.namespace !== '' && end.namespace === now.namespace?.name)
    set({ within: `${end.kind}/${end.name}`, more: null, focus: null })
  else return false
  return true
}

interface Query {
  from: string
  to: string
  filter?: string
  limit: number
  metric: 'flows' | 'observations'
}

/** The map with what is opened on it; what the finer map of it is asked for, and which ends are within it. */
export function useOpened(
  asked: Asked<TopologyMap>,
  query: Query,
  now: Opened,
): { map?: TopologyMap; within: Asked<unknown>; isWithin: (end: End) => boolean } {
  const { namespace, workload, most } = now
  const window = { from: query.from, to: query.to }
  const workloads = useAnswer(namespace ? `opened ${JSON.stringify([query, namespace])}` : null, signal =>
    ask(
      api.GET('/api/v1/topology', {
        params: { query: { ...query, level: 'workload', filter: both(query.filter ?? '', about(namespace!)) } },
        signal,
      }),
    ),
  )
  const pods = useAnswer(workload ? `opened ${JSON.stringify([query, workload])}` : null, async signal => {
    // The map of pods does not say whose they are: those that reported as the workload's, and those that were its on the other side, are.
    const [map, reporting, reported] = await Promise.all([
      ask(
        api.GET('/api/v1/topology', {
          params: { query: { ...query, level: 'pod', filter: both(query.filter ?? '', about(workload!)) } },
          signal,
        }),
      ),
      ask(api.GET('/api/v1/flows/top', { params: { query: { ...window, by: ['pod'], filter: own(workload!), limit: 1000 } }, signal })),
      ask(api.GET('/api/v1/flows/top', { params: { query: { ...window, by: ['peer_pod'], filter: other(workload!), limit: 1000 } }, signal })),
    ])
    const names = new Set([...reporting.data.data.map(row => row.pod), ...reported.data.data.map(row => row.peer_pod)])
    return { ...map, data: { map: map.data, names } } as Answer<{ map: TopologyMap; names: Set<unknown> }>
  })
  const isOfWorkload = (end: End): boolean => end.kind === 'Pod' && end.namespace === namespace?.name && !!pods.answer?.data.names.has(end.name)
  const map = useMemo(() => {
    let drawn = asked.answer?.data
    if (!drawn || !namespace || !workloads.answer) return drawn
    drawn = openedIn(drawn, idOf(namespace), workloads.answer.data, end => end.namespace === namespace.name, workload ? 3000 : most)
    return workload && pods.answer ? openedIn(drawn, idOf(workload), pods.answer.data.map, isOfWorkload, most) : drawn
  }, [asked.answer, workloads.answer, pods.answer, most])
  return {
    map,
    within: workload ? pods : workloads,
    isWithin: end =>
      !namespace ? end.kind === 'Namespace' : end.namespace === namespace.name && (end.kind === more || !workload || isOfWorkload(end)),
  }
}
