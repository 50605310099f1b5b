/// <reference lib="webworker" />
import Graph from 'graphology'
import forceAtlas2 from 'graphology-layout-forceatlas2'
import type { LayoutOrder, LayoutResult } from './layout'

/** Places nodes beside the page: 3,000 of them must not stop it. The same graph is always laid out the same way. */
self.onmessage = ({ data }: MessageEvent<LayoutOrder>) => {
  const graph = new Graph({ multi: false, type: 'undirected' })
  // Nodes of a group begin near each other, groups around a circle.
  const groups = [...new Set(data.nodes.map(node => node.group))]
  data.nodes.forEach((node, index) => {
    const angle = (2 * Math.PI * groups.indexOf(node.group)) / groups.length
    const turn = index * 2.399963229728653
    const spread = 0.16 * Math.sqrt(1 + (index % 97))
    graph.addNode(node.id, { x: 10 * Math.cos(angle) + spread * Math.cos(turn), y: 10 * Math.sin(angle) + spread * Math.sin(turn), size: node.size })
  })
  for (const [source, target, weight] of data.edges) {
    if (source === target || !graph.hasNode(source) || !graph.hasNode(target)) continue
    if (graph.hasEdge(source, target)) graph.updateEdgeAttribute(source, target, 'weight', (before?: number) => (before ?? 0) + weight)
    else graph.addEdge(source, target, { weight })
  }
  // Some 3 million steps of nodes and edges: a second, whatever the size.
  const iterations = Math.round(Math.min(600, Math.max(40, 900_000 / (graph.order + graph.size + 1))))
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
