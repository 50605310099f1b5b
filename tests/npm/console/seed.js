// What the console shows in the walks: the events of tests/data, their pods, and a question behind which all of it can be read.
import { readFileSync } from 'node:fs'
import { adminToken, root } from './browser.js'

export async function seed() {
  const events = JSON.parse(readFileSync(new URL('../../data/openshift-flows.json', import.meta.url), 'utf8'))
  const post = async (path, body) => {
    const answer = await fetch(new URL(path, root), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${adminToken}` },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${path} is ${answer.status}: ${await answer.text()}`)
  }
  await post('pod/traffic/batch', events)
  const pods = new Map(events.filter(event => event.pod_name).map(event => [`${event.pod_namespace}/${event.pod_name}`, event]))
  await Promise.all(
    [...pods.values()].map(event =>
      post('pod/spec', {
        pod_name: event.pod_name,
        pod_ip: event.pod_ip,
        pod_namespace: event.pod_namespace,
        node_name: 'node-1',
        is_dead: false,
        time_stamp: '2024-02-15T00:00:00',
        pod_obj: { metadata: { name: event.pod_name, ...ownerOf(event.pod_name) }, spec: { containers: [] } },
      }),
    ),
  )
}

/** Whose a pod is, by its name: of a StatefulSet, of a Deployment's ReplicaSet, of a DaemonSet, or its own. */
function ownerOf(name) {
  const owned = (kind, owner, labels) => ({ labels, ownerReferences: [{ apiVersion: 'apps/v1', kind, name: owner, uid: owner, controller: true }] })
  const [, set] = /^(.+)-\d+$/.exec(name) ?? []
  const [, app, hash] = /^(.+)-([0-9a-z]{8,10})-[0-9a-z]{5}$/.exec(name) ?? []
  const [, daemon] = /^(.+)-[0-9a-z]{5}$/.exec(name) ?? []
  return set
    ? owned('StatefulSet', set, { app: set })
    : app
      ? owned('ReplicaSet', `${app}-${hash}`, { app, 'pod-template-hash': hash })
      : daemon
        ? owned('DaemonSet', daemon, { app: daemon })
        : { labels: { app: name } }
}
