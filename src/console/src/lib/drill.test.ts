import { expect, test } from 'vitest'
import { openedIn, type TopologyMap } from './drill'
import { isOfConsole, viewOf } from './views'

const node = (namespace: string, kind: string, name: string) => ({ id: `${namespace}/${kind}/${name}`, kind, namespace, name })
const edge = (source: string, target: string, flows: number) => ({
  source,
  target,
  server_port: 80,
  protocol: 'TCP',
  flows,
  dropped: 0,
  first_seen: '2026-05-12T10:00:00Z',
  reported_by: ['client' as const],
})
const mapOf = (nodes: ReturnType<typeof node>[], edges: ReturnType<typeof edge>[]): TopologyMap => ({
  nodes,
  edges,
  other: { edges: 0, flows: 0 },
  window: { from: '', to: '' },
  cut: false,
})
const sum = (map: TopologyMap): number => map.edges.reduce((all, one) => all + one.flows, 0)

const spaces = mapOf(
  [node('', 'Namespace', 'shop'), node('', 'Namespace', 'dns'), node('', 'Namespace', 'idle'), node('', 'External', '10.0.0.0/24')],
  [edge('/Namespace/shop', '/Namespace/dns', 9), edge('/Namespace/shop', '/Namespace/shop', 4), edge('/Namespace/idle', '/External/10.0.0.0/24', 1)],
)
const workloads = mapOf(
  [node('shop', 'Deployment', 'a'), node('shop', 'Deployment', 'b'), node('dns', 'DaemonSet', 'coredns')],
  [
    edge('shop/Deployment/a', 'dns/DaemonSet/coredns', 6),
    edge('shop/Deployment/b', 'dns/DaemonSet/coredns', 3),
    edge('shop/Deployment/a', 'shop/Deployment/b', 4),
  ],
)

test('an end that is opened gives way to those within it, and no flow is lost or drawn twice', () => {
  const map = openedIn(spaces, '/Namespace/shop', workloads, end => end.namespace === 'shop', 60)
  expect(map.nodes.map(one => one.id).sort()).toEqual(['/External/10.0.0.0/24', '/Namespace/dns', '/Namespace/idle', 'shop/Deployment/a', 'shop/Deployment/b'])
  expect(sum(map)).toBe(sum(spaces))
  expect(map.edges.filter(one => one.target === '/Namespace/dns').map(one => one.flows)).toEqual([6, 3])
})

test('what is too much to draw is one end that says how much it is', () => {
  const map = openedIn(spaces, '/Namespace/shop', workloads, end => end.namespace === 'shop', 1)
  expect(map.nodes.filter(one => one.namespace === 'shop')).toEqual([
    node('shop', 'Deployment', 'a'),
    { id: 'shop/More/1 more', kind: 'More', namespace: 'shop', name: '1 more' },
  ])
  expect(sum(map)).toBe(sum(spaces))
})

test('pods of others are the workloads that are drawn of them', () => {
  const map = openedIn(spaces, '/Namespace/shop', workloads, end => end.namespace === 'shop', 60)
  const pods = mapOf(
    [node('shop', 'Pod', 'a-7d4b9-x2x4z'), node('shop', 'Pod', 'b-0'), node('dns', 'Pod', 'coredns-j8k2l')],
    [edge('shop/Pod/a-7d4b9-x2x4z', 'shop/Pod/b-0', 4), edge('shop/Pod/a-7d4b9-x2x4z', 'dns/Pod/coredns-j8k2l', 6)],
  )
  const opened = openedIn(map, 'shop/Deployment/a', pods, end => end.name.startsWith('a-'), 60)
  expect(opened.edges.filter(one => one.source === 'shop/Pod/a-7d4b9-x2x4z').map(one => one.target)).toEqual(['shop/Deployment/b', '/Namespace/dns'])
  expect(sum(opened)).toBe(sum(spaces))
})

test('a view is an address within the console', () => {
  expect(viewOf('flows', new URLSearchParams('filter=a = "ü"&cursor=x'))).toBe('flows?filter=a+%3D+%22%C3%BC%22')
  expect(viewOf('overview', new URLSearchParams())).toBe('overview')
  expect(isOfConsole(viewOf('map', new URLSearchParams({ focus: '/Namespace/x', filter: `'<\\>"#` })))).toBe(true)
  for (const hostile of ['', '//evil', 'https://evil', 'javascript:alert(1)', '../x', 'flows/x', 'flows?a#b', 'flows?a b', '\\\\evil', 'FLOWS', 'flows\n'])
    expect(isOfConsole(hostile), hostile).toBe(false)
})
