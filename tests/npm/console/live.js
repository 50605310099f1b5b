// New flows as they come, paused and gone on.
import { adminToken, root, seen } from './browser.js'

export async function live(page, check) {
  await page.goto(`${root}console/live`)
  await page.getByText('live', { exact: true }).waitFor()
  const post = async port => {
    const event = {
      uuid: crypto.randomUUID(),
      time_stamp: new Date().toISOString().slice(0, -1),
      pod_name: 'console-live',
      pod_namespace: 'console',
      pod_ip: '10.9.9.9',
      pod_port: `${port}`,
      ip_protocol: 'TCP',
      traffic_type: 'INGRESS',
      traffic_in_out_ip: '10.9.9.8',
      traffic_in_out_port: '0',
      decision: 'ALLOW',
    }
    const answer = await fetch(new URL('pod/traffic', root), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${adminToken}` },
      body: JSON.stringify(event),
    })
    check(answer.ok, `a flow is ${answer.status}`)
  }
  await post(1001)
  check(await seen(page, '1001'), 'a new flow does not come')
  await page.getByRole('button', { name: 'Pause' }).click()
  await post(1002)
  await post(1003)
  check((await page.getByText('1002').count()) === 0, 'a flow comes while it is paused')
  await page.getByRole('button', { name: 'Go on' }).click()
  check((await seen(page, '1003')) && (await seen(page, '1002')), 'what came while it was paused does not come')
  check((await page.locator('tbody tr').count()) === 3, 'flows come twice')
}
