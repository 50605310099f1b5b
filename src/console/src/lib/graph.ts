import type { components } from '../api/schema'
import type { End } from './ends'

type TopologyMap = components['schemas']['TopologyMap']
type Changes = components['schemas']['EdgeChanges']

export interface MapNode extends End {
  id: string
  /** What it belongs to: its namespace, or the world outside. */
  group: string
  flows: number
}

/** Everything between two ends, in one direction: what one line of the map is. */
export interface MapLink {
  source: string
  target: string
  flows: number
  dropped: number
  /** Its value by the metric chosen. */
  value: number
  ports: Set<string>
  change?: 'new' | 'gone'
}

export interface MapGraph {
  nodes: Map<string, MapNode>
  links: MapLink[]
  /** What was left out, here and by the server. */
  hidden: { nodes: number; links: number }
}

export const outside = 'outside'

export const groupOf = (end: End): string => (end.kind === 'External' ? outside : end.kind === 'Namespace' ? end.name : end.namespace || end.kind)

/** The id of an end, as the map has it. */
export const idOf = (end: End): string => `${end.namespace}/${end.kind}/${end.name}`

const portText = (port: number | null, protocol: string | null): string => (port === null ? (protocol ?? '') : `${port}/${protocol ?? ''}`)

/** Lines between ends out of the edges, which are by port; the weakest are left out beyond a number that a screen can show. */
export function graphOf(map: TopologyMap, metric: 'flows' | 'observations' | 'dropped', most: { nodes: number; links: number }): MapGraph {
  const links = new Map<string, MapLink>()
  for (const edge of map.edges) {
    const key = `${edge.source}\n${edge.target}`
    let link = links.get(key)
    if (!link) links.set(key, (link = { source: edge.source, target: edge.target, flows: 0, dropped: 0, value: 0, ports: new Set() }))
    link.flows += edge.flows
    link.dropped += edge.dropped
    link.value += metric === 'observations' ? (edge.observations ?? edge.flows) : metric === 'dropped' ? edge.dropped : edge.flows
    link.ports.add(portText(edge.server_port, edge.protocol))
  }
  const strongest = [...links.values()].filter(link => metric !== 'dropped' || link.value > 0).sort((one, other) => other.value - one.value)
  return limited(strongest, new Map(map.nodes.map(node => [node.id, node])), most)
}

function limited(strongest: MapLink[], ends: Map<string, End>, most: { nodes: number; links: number }): MapGraph {
  const nodes = new Map<string, MapNode>()
  const shown: MapLink[] = []
  for (const link of strongest) {
    const fresh = [link.source, link.target].filter((id, i, both) => !nodes.has(id) && both.indexOf(id) === i)
    if (shown.length >= most.links || nodes.size + fresh.length > most.nodes) continue
    shown.push(link)
    for (const id of fresh) {
      const end = ends.get(id)!
      nodes.set(id, { ...end, id, group: groupOf(end), flows: 0 })
    }
    nodes.get(link.source)!.flows += link.flows
    if (link.source !== link.target) nodes.get(link.target)!.flows += link.flows
  }
  const all = new Set(strongest.flatMap(link => [link.source, link.target]))
  return { nodes, links: shown, hidden: { nodes: all.size - nodes.size, links: strongest.length - shown.length } }
}

/** Marks what a comparison found to be new, and adds what is gone, whose flows are those of the window before. */
export function compared(graph: MapGraph, changes: Changes): MapGraph {
  const nodes = new Map([...graph.nodes].map(([id, node]) => [id, { ...node }]))
  const links = graph.links.map(link => ({ ...link, ports: new Set(link.ports) }))
  const byEnds = new Map(links.map(link => [`${link.source}\n${link.target}`, link]))
  const before = new Set<string>()
  const fresh = new Set<string>()
  for (const edge of changes.data) {
    const key = `${networkId(edge.client)}\n${networkId(edge.server)}`
    if (edge.change === 'new') fresh.add(`${key}\n${portText(edge.server_port, edge.protocol)}`)
    else before.add(key)
  }
  for (const edge of changes.data) {
    const [source, target] = [networkId(edge.client), networkId(edge.server)]
    const key = `${source}\n${target}`
    const known = byEnds.get(key)
    if (edge.change === 'new') {
      // A line is new when none of its ports was there before.
      if (known && !before.has(key) && [...known.ports].every(port => fresh.has(`${key}\n${port}`))) known.change = 'new'
    } else if (edge.change === 'gone' && edge.before && (!known || known.change === 'gone')) {
      const link = known ?? { source, target, flows: 0, dropped: 0, value: 0, ports: new Set<string>(), change: 'gone' as const }
      link.flows += edge.before.flows
      link.value += edge.before.flows
      link.ports.add(portText(edge.server_port, edge.protocol))
      if (!known) {
        byEnds.set(key, link)
        links.push(link)
        for (const [id, end] of [
          [source, edge.client],
          [target, edge.server],
        ] as const) {
          if (!nodes.has(id)) nodes.set(id, { ...networkEnd(end), id, group: groupOf(end), flows: 0 })
        }
      }
    }
  }
  return { ...graph, nodes, links }
}

/** The map groups addresses that are nobody's to networks, the comparison does not. */
const networkEnd = (end: End): End =>
  end.kind !== 'External' || !/^\d+\.\d+\.\d+\.\d+$/.test(end.name) ? end : { ...end, name: `${end.name.slice(0, end.name.lastIndexOf('.'))}.0/24` }

const networkId = (end: End): string => idOf(networkEnd(end))
