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
        pod_obj: { metadata: { name: event.pod_name, labels: { app: event.pod_name.replace(/(-[0-9a-z]{5,10})?-[0-9a-z]+$/, '') } }, spec: { containers: [] } },
      }),
    ),
  )
}
