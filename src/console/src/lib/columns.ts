/** Columns of flows: what they are called in a table, and which field of filters they are. */
export interface Column {
  name: string
  title: string
  /** The field of filters; null where a value cannot be asked for. */
  field: string | null
}

const column = (name: string, title: string, field: string | null = name): Column => ({ name, title, field })

export const columns: Column[] = [
  column('time_stamp', 'First seen', null),
  column('decision', 'Decision'),
  column('traffic_type', 'Direction'),
  column('pod_namespace', 'Namespace'),
  column('pod_name', 'Pod'),
  column('workload', 'Workload'),
  column('workload_kind', 'Kind'),
  column('node', 'Node'),
  column('service', 'Service'),
  column('labels', 'Labels', null),
  column('pod_ip', 'Address'),
  column('pod_port', 'Port'),
  column('peer_type', 'Peer is'),
  column('peer_namespace', 'Peer namespace'),
  column('peer_pod', 'Peer pod'),
  column('peer_workload', 'Peer workload'),
  column('peer_workload_kind', 'Peer kind'),
  column('peer_node', 'Peer node'),
  column('peer_service', 'Peer service'),
  column('peer_labels', 'Peer labels', null),
  column('traffic_in_out_ip', 'Peer address'),
  column('traffic_in_out_port', 'Peer port'),
  column('ip_protocol', 'Protocol'),
  column('uuid', 'Event'),
]

export const usual = [
  'time_stamp',
  'decision',
  'traffic_type',
  'pod_namespace',
  'pod_name',
  'pod_port',
  'peer_namespace',
  'peer_workload',
  'traffic_in_out_ip',
  'traffic_in_out_port',
  'ip_protocol',
]

const byName = new Map(columns.map(one => [one.name, one]))

/** The columns that a text names, in its order; the usual ones when it names none. */
export function chosen(text: string): Column[] {
  const named = [...new Set(text.split(','))].flatMap(name => byName.get(name) ?? [])
  return named.length > 0 ? named : usual.map(name => byName.get(name)!)
}

/** The text that names them; '' for the usual ones. */
export const columnText = (names: string[]): string => (names.join() === usual.join() ? '' : names.join())
