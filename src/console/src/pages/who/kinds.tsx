import { quote } from '../../lib/filter'

export const networks = new Set(['Address', 'External'])

/** Flows that an address or network has to do with. */
export const ofAddress = (name: string): string =>
  name.includes('/') ? `pod_ip in ${name} or peer_ip in ${name}` : `pod_ip = ${quote(name)} or peer_ip = ${quote(name)}`
