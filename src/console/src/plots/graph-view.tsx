import Graph from 'graphology'
import { useEffect, useRef, useState } from 'preact/hooks'
import Sigma from 'sigma'
import { EdgeArrowProgram, EdgeLineProgram } from 'sigma/rendering'
import { colour, isDark } from '../app/theme'
import { outside, type MapGraph } from '../lib/graph'
import { Icon } from '../parts/icons'
import { layout } from './layout'

// None near the red of drops.
const hues = [172, 228, 38, 282, 92, 205, 62, 258, 140, 318]

/** A colour for each group, by their names, so that neighbours in the list differ. */
export function groupColours(graph: MapGraph | undefined, dark: boolean): Map<string, string> {
  const groups = [...new Set([...(graph?.nodes.values() ?? [])].map(node => node.group))].sort()
  return new Map(
    groups.map((group, index) => [
      group,
      group === outside ? (dark ? '#7d8894' : '#8a95a1') : hsl(hues[index % hues.length]!, index < hues.length ? 50 : 30, (dark ? 62 : 42) + (index % 2) * 4),
    ]),
  )
}

function hsl(hue: number, saturation: number, light: number): string {
  const a = (saturation / 100) * Math.min(light / 100, 1 - light / 100)
  const part = (n: number): string => {
    const k = (n + hue / 30) % 12
    return Math.round(255 * (light / 100 - a * Math.max(-1, Math.min(k - 3, 9 - k, 1))))
      .toString(16)
      .padStart(2, '0')
  }
  return `#${part(0)}${part(8)}${part(4)}`
}

/** The map on WebGL. What it shows is also in the list beside it, for who cannot see or use it. */
export function GraphView({ graph, focus, pick, label }: { graph: MapGraph; focus: string; pick: (id: string | null) => void; label: string }) {
  const box = useRef<HTMLDivElement>(null)
  const sigma = useRef<Sigma>()
  const [failed, setFailed] = useState('')
  const [isPlacing, setPlacing] = useState(true)
  const dark = isDark()
  const state = useRef({ focus, hover: '', near: new Set<string>() })
  const places = useRef(new Map<string, [number, number]>())
  const picked = useRef(pick)
  picked.current = pick

  useEffect(() => {
    const abort = new AbortController()
    setPlacing(true)
    const most = Math.max(1, ...[...graph.nodes.values()].map(node => node.flows))
    const size = (flows: number): number => 4 + 14 * Math.sqrt(flows / most) * Math.min(1, 60 / graph.nodes.size + 0.35)
    // Where a group was: of its nodes, what was last drawn of them.
    const groupPlaces = new Map<string, [number, number]>()
    for (const node of graph.nodes.values()) {
      const place = places.current.get(node.id)
      if (place) groupPlaces.set(node.group, place)
    }
    const order = {
      nodes: [...graph.nodes.values()].map(node => {
        const [own, outer] = [places.current.get(node.id), places.current.get(`/Namespace/${node.group}`) ?? groupPlaces.get(node.group)]
        return { id: node.id, group: node.group, size: size(node.flows), ...(own ? { at: own } : outer && { at: outer, isWithin: true }) }
      }),
      edges: graph.links.map(link => [link.source, link.target, Math.log2(1 + link.flows)] as [string, string, number]),
    }
    layout(order, abort.signal)
      .then(positions => {
        if (!box.current) return
        places.current = new Map(Object.entries(positions))
        const drawn = new Graph({ multi: false, type: 'directed', allowSelfLoops: true })
        const colours = groupColours(graph, dark)
        for (const node of graph.nodes.values()) {
          const [x, y] = positions[node.id] ?? [0, 0]
          drawn.addNode(node.id, { x, y, size: size(node.flows), label: node.name, color: colours.get(node.group) })
        }
        const strongest = Math.max(1, ...graph.links.map(link => link.value))
        const [line, some, red, green, gone] = [
          dark ? '#3c4752' : '#c3cbd3',
          dark ? '#7d5553' : '#dfa9a3',
          colour('--plot-2'),
          colour('--good'),
          colour('--plot-3'),
        ]
        for (const link of [...graph.links].reverse()) {
          drawn.mergeEdge(link.source, link.target, {
            size: 0.7 + 3.6 * Math.sqrt(link.value / strongest),
            color: link.change === 'new' ? green : link.change === 'gone' ? gone : link.dropped > 0.5 * link.flows ? red : link.dropped > 0 ? some : line,
          })
        }
        sigma.current?.kill()
        sigma.current = undefined
        const made = new Sigma(drawn, box.current, {
          defaultEdgeType: graph.links.length > 2500 ? 'line' : 'arrow',
          edgeProgramClasses: { line: EdgeLineProgram, arrow: EdgeArrowProgram },
          labelFont: 'Inter, system-ui, sans-serif',
          labelSize: 12,
          labelWeight: '500',
          labelColor: { color: colour('--text') },
          labelDensity: 0.9,
          labelGridCellSize: 70,
          labelRenderedSizeThreshold: graph.nodes.size > 120 ? 8 : 4,
          zIndex: true,
          minCameraRatio: 0.04,
          maxCameraRatio: 3,
          hideEdgesOnMove: graph.links.length > 4000,
          allowInvalidContainer: true,
          stagePadding: 44,
          defaultDrawNodeHover: (context, data, settings) => {
            context.font = `600 13px ${settings.labelFont}`
            const width = context.measureText(data.label ?? '').width
            context.fillStyle = colour('--raised')
            context.strokeStyle = colour('--line-strong')
            context.beginPath()
            context.roundRect(data.x + data.size + 2, data.y - 11, width + 12, 22, 6)
            context.fill()
            context.stroke()
            context.fillStyle = colour('--text')
            context.fillText(data.label ?? '', data.x + data.size + 8, data.y + 4.5)
          },
          nodeReducer: (id, data) => {
            const { focus, hover, near } = state.current
            const about = hover || focus
            return !about || about === id || near.has(id)
              ? { ...data, zIndex: about === id ? 2 : 1, forceLabel: about === id || (!!about && near.size < 24), highlighted: id === focus }
              : { ...data, color: dark ? '#2a323a' : '#dde2e7', label: '', zIndex: 0 }
          },
          edgeReducer: (id, data) => {
            const { focus, hover } = state.current
            const about = hover || focus
            return about && !drawn.extremities(id).includes(about) ? { ...data, hidden: true } : data
          },
        })
        const look = (): void => {
          const about = state.current.hover || state.current.focus
          state.current.near = new Set(about && drawn.hasNode(about) ? drawn.neighbors(about) : [])
          if (about && !drawn.hasNode(about)) state.current.focus = ''
          made.refresh({ skipIndexation: true })
        }
        made.on('enterNode', ({ node }) => {
          state.current.hover = node
          look()
        })
        made.on('leaveNode', () => {
          state.current.hover = ''
          look()
        })
        made.on('clickNode', ({ node }) => picked.current(node))
        made.on('clickStage', () => picked.current(null))
        sigma.current = made
        look()
        setPlacing(false)
      })
      .catch((cause: unknown) => {
        if (!abort.signal.aborted) setFailed(cause instanceof Error ? cause.message : String(cause))
      })
    return () => abort.abort()
  }, [graph, dark])
  useEffect(() => {
    state.current.focus = focus
    const made = sigma.current
    if (!made) return
    const drawn = made.getGraph()
    state.current.near = new Set(focus && drawn.hasNode(focus) ? drawn.neighbors(focus) : [])
    made.refresh({ skipIndexation: true })
  }, [focus])
  useEffect(() => () => sigma.current?.kill(), [])
  if (failed)
    return (
      <div class="state">
        <h3>The map cannot be drawn</h3>
        <p>This browser says: {failed}. It needs WebGL; the list has the same connections.</p>
      </div>
    )
  return (
    <div class="map">
      <div class="canvas" role="img" aria-label={label} ref={box} data-ready={!isPlacing} />
      {isPlacing && (
        <div class="placing dim" role="status">
          Placing {graph.nodes.size} nodes …
        </div>
      )}
      <div class="zoom">
        <button type="button" aria-label="Closer" onClick={() => void sigma.current?.getCamera().animatedZoom()}>
          <Icon name="plus" />
        </button>
        <button type="button" aria-label="Farther" onClick={() => void sigma.current?.getCamera().animatedUnzoom()}>
          <Icon name="minus" />
        </button>
        <button type="button" aria-label="All of it" onClick={() => void sigma.current?.getCamera().animatedReset()}>
          <Icon name="fit" />
        </button>
      </div>
    </div>
  )
}
