import { both, is } from './filter'

/** An end of an edge, as the map and the policies name it. */
export interface End {
  kind: string
  namespace: string
  name: string
}

export const endText = (end: End): string => (end.namespace ? `${end.namespace}/${end.name}` : end.name)

/** The network of an end outside: addresses that are nobody's are grouped to their /24 or /64. */
const network = (name: string): string => (name.includes('/') ? `in ${name}` : `= ${name}`)

/** Flows that a pod, workload, namespace or network reported itself. */
export function own(end: End): string {
  switch (end.kind) {
    case 'Namespace':
      return is('namespace', end.name)
    case 'Pod':
      return both(is('namespace', end.namespace), is('pod', end.name))
    case 'Node':
      return is('node', end.name)
    case 'Service':
      return both(is('namespace', end.namespace), is('service', end.name))
    case 'External':
      return `pod_ip ${network(end.name)}`
    default:
      return both(is('namespace', end.namespace), is('workload', end.name))
  }
}

/** Flows of which it is the other side. */
export function other(end: End): string {
  switch (end.kind) {
    case 'Namespace':
      return is('peer_namespace', end.name)
    case 'Pod':
      return both(is('peer_namespace', end.namespace), is('peer_pod', end.name))
    case 'Node':
      return is('peer_node', end.name)
    case 'Service':
      return both(is('peer_namespace', end.namespace), is('peer_service', end.name))
    case 'External':
      return `peer_ip ${network(end.name)}`
    default:
      return both(is('peer_namespace', end.namespace), is('peer_workload', end.name))
  }
}

/** Flows that have anything to do with it. */
export const about = (end: End): string => `(${own(end)}) or (${other(end)})`

/** Flows of an edge, whoever of both reported them. */
export function between(client: End, server: End, port: number | null, protocol: string | null): string {
  const onServer = both(own(server), other(client), port === null ? '' : `pod_port = ${port}`)
  const onClient = both(own(client), other(server), port === null ? '' : `peer_port = ${port}`)
  const sides = client.kind === 'External' ? onServer : server.kind === 'External' ? onClient : `(${onServer}) or (${onClient})`
  return both(sides, protocol ? is('protocol', protocol) : '')
}
