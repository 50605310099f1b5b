import { describe, expect, test } from 'vitest'
import { chosen, columnText, usual } from './columns'
import { between } from './ends'
import { brief, bytes, of, share } from './format'
import { compared, graphOf } from './graph'
import { pack, unpack } from './pack'
import { fill } from './series'
import { reader } from './sse'
import { before, iso, length, minute, moment, span } from './time'

const now = Date.parse('2026-05-12T10:00:00Z')

describe('times', () => {
  test('are read as the server reads them', () => {
    expect(moment('now', now)).toBe(now)
    expect(moment('-24h', now)).toBe(now - 86400e3)
    expect(moment('now-15m', now)).toBe(now - 900e3)
    expect(iso(moment('2026-05-12', now)!)).toBe('2026-05-12T00:00:00Z')
    expect(moment('2026-05-12T10:00', now)).toBe(now)
    expect(moment('2026-05-12T12:00+02:00', now)).toBe(now)
    for (const text of ['', 'yesterday', '-h', '12', '2026-13-40']) expect(moment(text, now), text).toBeNull()
  })

  test('make windows of which the begin is first', () => {
    expect(span('-1h', 'now', now)).toEqual({ from: now - 3600e3, to: now })
    expect(span('now', '-1h', now)).toBeNull()
    expect(before({ from: 10, to: 30 })).toEqual({ from: -10, to: 10 })
    expect(length(7 * 86400e3)).toBe('7 d')
    expect(length(90e3 * 60)).toBe('90 min')
    expect(minute(now, 'utc')).toBe('2026-05-12 10:00')
    expect(minute('nonsense', 'utc')).toBe('–')
  })
})

test('numbers are read by people', () => {
  expect(brief(9999)).toBe('9,999')
  expect(brief(1_234_567)).toBe('1.23M')
  expect(bytes(1536)).toBe('1.5 KiB')
  expect(share(0, 0)).toBe('–')
  expect(share(1, 8)).toBe('13 %')
  expect(of(1, 'flow')).toBe('1 flow')
})

test('columns are named by an address, and the usual ones by none', () => {
  expect(chosen('uuid,nonsense,uuid,pod_name').map(column => column.name)).toEqual(['uuid', 'pod_name'])
  expect(chosen('').map(column => column.name)).toEqual(usual)
  expect(columnText(usual)).toBe('')
})

test('steps without flows are none', () => {
  expect(fill([{ at: 20, value: 5 }], 10, { from: 3, to: 40 }).map(point => [point.at, point.value])).toEqual([
    [0, 0],
    [10, 0],
    [20, 5],
    [30, 0],
  ])
})

test('events of a stream are whole, however it is cut', () => {
  const read = reader()
  expect(read('retry: 1000\nid: a\n\nid: b\nevent: fl')).toEqual([{ event: 'message', data: '', id: 'a' }])
  expect(read('ow\ndata: {"x":1}\n')).toEqual([])
  expect(read('\n: heartbeat\nid: c\n\n')).toEqual([
    { event: 'flow', data: '{"x":1}', id: 'b' },
    { event: 'message', data: '', id: 'c' },
  ])
})

test('texts in addresses come out as they went in', async () => {
  const text = 'spec: {podSelector: {}} # ünï 😀\n'.repeat(20)
  const packed = await pack(text)
  expect(packed).toMatch(/^[\w-]+$/)
  expect(await unpack(packed)).toBe(text)
  expect(await unpack('nonsense!')).toBeNull()
})

const end = (name: string) => ({ kind: 'Deployment', namespace: 'shop', name })
const edge = (source: string, target: string, port: number, flows: number, dropped = 0) => ({
  source: `shop/Deployment/${source}`,
  target: `shop/Deployment/${target}`,
  server_port: port,
  protocol: 'TCP',
  flows,
  dropped,
  first_seen: '2026-05-12T10:00:00Z',
  reported_by: ['client' as const],
})

describe('the map', () => {
  const map = {
    nodes: ['a', 'b', 'c'].map(name => ({ ...end(name), id: `shop/Deployment/${name}` })),
    other: { edges: 0, flows: 0 },
    cut: false,
    window: { from: '', to: '' },
    edges: [edge('a', 'b', 80, 5), edge('a', 'b', 443, 7, 2), edge('b', 'c', 5432, 1)],
  }

  test('has one line for all ports of two ends, the strongest first', () => {
    const graph = graphOf(map, 'flows', { nodes: 10, links: 10 })
    expect(graph.links.map(link => [link.flows, link.dropped, [...link.ports]])).toEqual([
      [12, 2, ['80/TCP', '443/TCP']],
      [1, 0, ['5432/TCP']],
    ])
    expect(graphOf(map, 'dropped', { nodes: 10, links: 10 }).links).toHaveLength(1)
  })

  test('counts what it leaves out', () => {
    expect(graphOf(map, 'flows', { nodes: 2, links: 10 }).hidden).toEqual({ nodes: 1, links: 1 })
    expect(graphOf(map, 'flows', { nodes: 10, links: 1 }).hidden).toEqual({ nodes: 1, links: 1 })
  })

  test('marks lines of which every port is new, and adds those that are gone', () => {
    const side = { decisions: ['ALLOW'], flows: 3, observations: 3, first_seen: '', last_seen: '', examples: [] }
    const change = (kind: 'new' | 'gone', client: string, server: string, port: number) => ({
      change: kind,
      client: end(client),
      server: end(server),
      protocol: 'TCP',
      server_port: port,
      before: kind === 'gone' ? side : null,
      after: kind === 'new' ? side : null,
    })
    const graph = compared(graphOf(map, 'flows', { nodes: 10, links: 10 }), {
      data: [change('new', 'a', 'b', 80), change('new', 'b', 'c', 5432), change('gone', 'c', 'd', 22)],
      changes: 3,
      flows_left_out: 0,
      cut: false,
      before: { from: '', to: '' },
      window: { from: '', to: '' },
    })
    expect(graph.links.map(link => [link.source.slice(-1), link.target.slice(-1), link.change])).toEqual([
      ['a', 'b', undefined],
      ['b', 'c', 'new'],
      ['c', 'd', 'gone'],
    ])
    expect(graph.nodes.has('shop/Deployment/d')).toBe(true)
  })
})

test('the flows of an edge are those that either end reported', () => {
  expect(between(end('a'), end('b'), 80, 'TCP')).toBe(
    '((namespace = shop and workload = b and peer_namespace = shop and peer_workload = a and pod_port = 80) or ' +
      '(namespace = shop and workload = a and peer_namespace = shop and peer_workload = b and peer_port = 80)) and protocol = TCP',
  )
  expect(between(end('a'), { kind: 'External', namespace: '', name: '10.0.0.0/24' }, null, null)).toBe(
    'namespace = shop and workload = a and peer_ip in 10.0.0.0/24',
  )
})
