import { useMemo } from 'preact/hooks'
import { api, ask } from '../api/client'
import { param, set } from '../app/router'
import { Head } from '../app/shell'
import { useAnswer } from '../app/use-answer'
import { from, to } from '../app/window'
import { both } from '../lib/filter'
import { brief, of } from '../lib/format'
import { compared, graphOf } from '../lib/graph'
import { iso } from '../lib/time'
import { FilterInput } from '../parts/filter-input'
import { Segments } from '../parts/segments'
import { Covered, Empty, Loading, Trouble } from '../parts/states'
import { GraphView } from '../plots/graph-view'
import { Level, Metric, earlierOf } from './map/address'
import { Chosen, Strongest, Within } from './map/side'
import { Key } from './map/key'
import { Days } from './map/days'
import { Crumbs } from './map/crumbs'
import { open, opened, useOpened } from './map/opened'

/** What a screen shows and a graphics card moves; the rest is counted. */
const most = { nodes: 3000, links: 6000 }

/** Who talks to whom: by namespace, workload or pod, as it was in any window, and what is new or gone. */
export function MapPage() {
  const filter = param('filter')
  const level = (['workload', 'pod'].includes(param('level')) ? param('level') : 'namespace') as Level
  const metric = (['observations', 'dropped'].includes(param('metric')) ? param('metric') : 'flows') as Metric
  const focus = param('focus')
  const query = {
    from: from.value,
    to: to.value,
    level,
    limit: 10_000,
    metric: metric === 'observations' ? ('observations' as const) : ('flows' as const),
    ...(metric === 'dropped' ? { filter: both(filter, 'decision = DROP') } : filter && { filter }),
  }
  const asked = useAnswer(`map ${JSON.stringify(query)}`, signal => ask(api.GET('/api/v1/topology', { params: { query }, signal })))
  const earlier = earlierOf(param('compare'))
  const changes = useAnswer(level === 'workload' && earlier ? `changes ${JSON.stringify([query, earlier])}` : null, signal =>
    ask(
      api.GET('/api/v1/edges/changes', {
        params: {
          query: { from: from.value, to: to.value, before_from: iso(earlier!.from), before_to: iso(earlier!.to), limit: 10_000, ...(filter && { filter }) },
        },
        signal,
      }),
    ),
  )
  const now = level === 'namespace' ? opened() : { most: 0 }
  const { map, within, isWithin } = useOpened(asked, query, now)
  const graph = useMemo(() => {
    if (!map) return undefined
    const plain = graphOf(map, metric, most)
    return level === 'workload' && earlier && changes.answer ? compared(plain, changes.answer.data) : plain
  }, [map, changes.answer, metric])
  const chosen = graph?.nodes.get(focus)
  const left = map?.other
  const pick = (id: string | null): void => {
    const end = id === null ? undefined : graph?.nodes.get(id)
    if (level !== 'namespace' || !end || !open(end, now)) set({ focus: id }, true)
  }
  return (
    <>
      <Head title="Map" sub={graph && `${of(graph.nodes.size, 'end')}, ${of(graph.links.length, 'connection')}`} />
      <div class="row">
        <Segments
          label="Level"
          name="level"
          fallback="namespace"
          options={[
            ['namespace', 'Namespaces'],
            ['workload', 'Workloads'],
            ['pod', 'Pods'],
          ]}
        />
        <Segments
          label="Lines by"
          name="metric"
          fallback="flows"
          options={[
            ['flows', 'Flows'],
            ['observations', 'Observations'],
            ['dropped', 'Drops'],
          ]}
        />
        <FilterInput value={filter} problem={asked.problem} onApply={next => set({ filter: next || null, focus: null })} />
      </div>
      {asked.problem ? (
        asked.problem.parameter === 'filter' ? null : (
          <section class="panel">
            <Trouble problem={asked.problem} retry={asked.retry} />
          </section>
        )
      ) : (
        <div class="split">
          <section class="panel" aria-label="Map">
            <Crumbs opened={now} />
            {within.problem && <Trouble problem={within.problem} retry={within.retry} />}
            {!graph ? (
              <div class="map">
                <div class="body">
                  <Loading lines={6} />
                </div>
              </div>
            ) : graph.nodes.size === 0 ? (
              <Empty title={metric === 'dropped' ? 'Nothing was dropped' : 'Nobody talked in this window'}>
                Choose a longer window, or a filter that asks for less.
              </Empty>
            ) : (
              <div class={asked.isLoading || within.isLoading ? 'is-stale' : undefined} aria-busy={within.isLoading}>
                <GraphView
                  graph={graph}
                  focus={focus}
                  pick={pick}
                  label={`Map of ${of(graph.nodes.size, 'end')} and ${of(graph.links.length, 'connection')}; the list beside it has them`}
                />
              </div>
            )}
            <div class="row spread map-foot">
              <Key graph={graph} compares={!!earlier && level === 'workload'} />
              {asked.answer && <Covered meta={asked.answer.meta} />}
            </div>
          </section>
          <aside>
            {graph &&
              (chosen ? (
                <Chosen node={chosen} graph={graph} level={level} filter={filter} open={level === 'namespace' ? () => open(chosen, now) : undefined} />
              ) : (
                <>
                  {level === 'namespace' && <Within graph={graph} opened={now} isWithin={isWithin} />}
                  <Strongest graph={graph} filter={filter} />
                </>
              ))}
          </aside>
        </div>
      )}
      {left && graph && (left.edges > 0 || graph.hidden.links > 0) && (
        <p class="notice">
          {left.edges > 0 && (
            <span>
              The server left {of(left.edges, 'weaker edge')} with {brief(left.flows)} flows out.
            </span>
          )}
          {graph.hidden.links > 0 && (
            <span>
              {of(graph.hidden.links, 'weaker connection')} more {graph.hidden.nodes > 0 && `of ${of(graph.hidden.nodes, 'end')} `}are not drawn.
            </span>
          )}
          <span>Choose a coarser level, a filter, or a shorter window to see all there is.</span>
        </p>
      )}
      <Days level={level} changes={changes.answer?.data.changes} isLoading={changes.isLoading && !!earlier} problem={changes.problem?.message} />
    </>
  )
}
