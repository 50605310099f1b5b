/// <reference lib="webworker" />
import Graph from 'graphology'
import forceAtlas2 from 'graphology-layout-forceatlas2'
import type { LayoutOrder, LayoutResult } from './layout'

/**
 * Places nodes beside the page: 3,000 of them must not stop it. The same graph is laid out the same way, unless what was there before it says where nodes are:
 * then they stay about there, and those that are new begin where the one was that they came out of.
 */
self.onmessage = ({ data }: MessageEvent<LayoutOrder>) => {
  const graph = new Graph({ multi: false, type: 'undirected' })
  // Nodes of a group begin near each other, groups around a circle.
  const groups = [...new Set(data.nodes.map(node => node.group))]
  data.nodes.forEach((node, index) => {
    const angle = (2 * Math.PI * groups.indexOf(node.group)) / groups.length
    const turn = index * 2.399963229728653
    const spread = 0.16 * Math.sqrt(1 + (index % 97))
    const [x, y] = node.at ?? [10 * Math.cos(angle), 10 * Math.sin(angle)]
    const [aside, above] = node.at && !node.isWithin ? [0, 0] : [spread * Math.cos(turn), spread * Math.sin(turn)]
    graph.addNode(node.id, { x: x + aside, y: y + above, size: node.size })
  })
  for (const [source, target, weight] of data.edges) {
    if (source === target || !graph.hasNode(source) || !graph.hasNode(target)) continue
    if (graph.hasEdge(source, target)) graph.updateEdgeAttribute(source, target, 'weight', (before?: number) => (before ?? 0) + weight)
    else graph.addEdge(source, target, { weight })
  }
  // Some 3 million steps of nodes and edges: a second, whatever the size.
  const isKept = data.nodes.filter(node => node.at).length > data.nodes.length / 2
  const iterations = Math.round(Math.min(isKept ? 80 : 600, Math.max(40, 900_000 / (graph.order + graph.size + 1))))
  forceAtlas2.assign(graph, {
    iterations,
    settings: {
      ...forceAtlas2.inferSettings(graph),
      barnesHutOptimize: graph.order > 400,
      adjustSizes: graph.order < 400,
      linLogMode: true,
      gravity: 0.6,
      strongGravityMode: true,
      edgeWeightInfluence: 0.4,
      scalingRatio: 4,
    },
  })
  const positions: LayoutResult = {}
  graph.forEachNode((id, { x, y }) => {
    positions[id] = [x as number, y as number]
  })
  self.postMessage(positions)
}
