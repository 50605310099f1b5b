import type { components } from '../api/schema'
import type { End } from './ends'
import { idOf } from './graph'

export type TopologyMap = components['schemas']['TopologyMap']
type Node = TopologyMap['nodes'][number]

/** The kind of the end that stands for those of an opened one that are not drawn. */
export const more = 'More'

/**
 * As a map has an end that is not drawn for itself: the workload that is drawn of its namespace, which pods are called after, else its namespace. Nodes of the
 * cluster and what lies outside stay what they are.
 */
function coarse(end: End, drawn: Iterable<End>): End {
  if (!end.namespace) return end
  let found: End = { kind: 'Namespace', namespace: '', name: end.namespace }
  for (const one of drawn)
    if (one.namespace === end.namespace && (one.kind === end.kind ? one.name === end.name : end.kind === 'Pod' && end.name.startsWith(`${one.name}-`)))
      if (found.kind === 'Namespace' || one.name.length > found.name.length) found = one
  return found
}

/**
 * A map on which one end is opened in place: instead of it there are the ends within it, of a finer map of its own flows. Each flow stays on one line, as the
 * lines of the opened end are left out.
 * @param map The map.
 * @param opened Id of the end that is opened.
 * @param finer The finer map, of flows that have anything to do with it.
 * @param isInside Which ends of the finer map are within it; all others are drawn as the map has them.
 * @param most How many are drawn; the weaker ones are one end that says how many they are.
 */
export function openedIn(map: TopologyMap, opened: string, finer: TopologyMap, isInside: (end: End) => boolean, most: number): TopologyMap {
  const inside = new Map(finer.nodes.filter(isInside).map(node => [node.id, 0]))
  for (const edge of finer.edges)
    for (const id of new Set([edge.source, edge.target])) if (inside.has(id)) inside.set(id, inside.get(id)! + edge.flows)
  const strongest = [...inside].sort((one, other) => other[1] - one[1]).map(([id]) => id)
  const drawn = new Set(strongest.slice(0, most))
  const ends = new Map(finer.nodes.map(node => [node.id, node]))
  const rest = strongest.length - drawn.size
  const [first] = strongest
  const coarser = map.nodes.filter(node => node.id !== opened)
  const nodes = new Map(coarser.map(node => [node.id, node]))
  const place = (id: string): string => {
    const end = ends.get(id)!
    const others = (): End => ({ kind: more, namespace: ends.get(first!)!.namespace, name: `${rest} more` })
    const shown: End = drawn.has(id) ? end : inside.has(id) ? others() : coarse(end, coarser)
    const known = idOf(shown)
    // What the map has of this end under another spelling of its id is the same end.
    if (!nodes.has(known)) nodes.set(known, { ...shown, id: known } as Node)
    return known
  }
  const edges = finer.edges.map(edge => ({ ...edge, source: place(edge.source), target: place(edge.target) }))
  return {
    ...map,
    nodes: [...nodes.values()],
    edges: [...map.edges.filter(edge => edge.source !== opened && edge.target !== opened), ...edges],
    other: { edges: map.other.edges + finer.other.edges, flows: map.other.flows + finer.other.flows },
    cut: map.cut || finer.cut,
  }
}
