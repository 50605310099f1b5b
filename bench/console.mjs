// node console.mjs ADDRESS [TOKEN]: what the console's pages take in Debian's Chromium, on a server that it fills with the flows of 3,000 pods of 60 namespaces:
// bytes of the first view, when it is usable, the map of all pods drawn, and the heap of every page. Times are of the machine as it is; CPU is that of the
// page's main thread. Playwright is that of tests/npm.
import { chromium } from '../tests/npm/node_modules/playwright-core/index.mjs'

const [address, token] = process.argv.slice(2)
const root = address.replace(/\/*$/, '/')
const shape = { namespaces: 60, pods: 50, peers: 4 }

/** Each pod opens connections to some others: 12,000 flows, in batches of 2,000. */
async function fill() {
  const at = new Date(Date.now() - 600_000).toISOString().slice(0, -1)
  const flows = []
  const ip = (space, pod) => `10.${space}.${pod >> 8}.${pod & 255}`
  for (let space = 0; space < shape.namespaces; space++)
    for (let pod = 0; pod < shape.pods; pod++)
      for (let peer = 0; peer < shape.peers; peer++) {
        const [otherSpace, other] = [(space + peer * peer) % shape.namespaces, (pod * 7 + peer) % shape.pods]
        flows.push({
          uuid: crypto.randomUUID(), time_stamp: at, pod_name: `web-${pod}`, pod_namespace: `space-${space}`, pod_ip: ip(space, pod), pod_port: '0',
          ip_protocol: 'TCP', traffic_type: 'EGRESS', traffic_in_out_ip: ip(otherSpace, other), traffic_in_out_port: '8080', decision: 'ALLOW',
        })
      }
  await inBatches(flows, batch => post('pod/traffic/batch', batch), 2000)
  const pods = Array.from({ length: shape.namespaces * shape.pods }, (_, index) => [Math.floor(index / shape.pods), index % shape.pods])
  await inBatches(pods, batch => Promise.all(batch.map(([space, pod]) => post('pod/spec', {
    pod_name: `web-${pod}`, pod_ip: ip(space, pod), pod_namespace: `space-${space}`, node_name: `node-${pod % 9}`, is_dead: false, time_stamp: at,
    pod_obj: { metadata: { ownerReferences: [{ kind: 'StatefulSet', name: 'web', controller: true }] } },
  }))), 50)
}

async function inBatches(all, send, size) {
  for (let from = 0; from < all.length; from += size) await send(all.slice(from, from + size))
}

async function post(path, body) {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) }
  const answer = await fetch(new URL(path, root), { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${path} is ${answer.status}: ${await answer.text()}`)
}

/** Opens an address anew, in a browser that has nothing of it, until something shows; says what that took. */
async function open(browser, path, waits) {
  const context = await browser.newContext({ viewport: { width: 1366, height: 900 } })
  if (token) await context.addInitScript(given => sessionStorage.setItem('kguardian-token', given), token)
  const page = await context.newPage()
  const devtools = await context.newCDPSession(page)
  await devtools.send('Performance.enable')
  const metric = async name => (await devtools.send('Performance.getMetrics')).metrics.find(one => one.name === name).value
  const began = performance.now()
  await page.goto(`${root}console/${path}`)
  await page.locator(waits).first().waitFor({ timeout: 120_000 })
  const shown = Math.round(performance.now() - began)
  const usable = await page.evaluate(() => Math.round(performance.getEntriesByType('navigation')[0].domInteractive))
  const bytes = await page.evaluate(() =>
    performance.getEntriesByType('resource').filter(one => /\.(js|css|woff2)$/.test(one.name)).reduce((sum, one) => sum + one.encodedBodySize, 0))
  const cpu = await metric('TaskDuration')
  await devtools.send('HeapProfiler.collectGarbage')
  const heap = await metric('JSHeapUsedSize')
  await context.close()
  return { shown, usable, cpu, bytes, heap }
}

await fill()
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', ...(process.getuid() === 0 ? ['--no-sandbox'] : [])],
})
const pages = [
  ['overview', '?from=-1h', '.bars a'], ['flows', 'flows?from=-1h', 'tbody tr'], ['map, namespaces', 'map?from=-1h', '.canvas[data-ready=true]'],
  ['map, one opened', 'map?from=-1h&open=space-7&within=StatefulSet/web', '.canvas[data-ready=true]'],
  ['map, 3,000 pods', 'map?from=-1h&level=pod', '.canvas[data-ready=true]'], ['live', 'live?back=-1h', 'tbody tr'],
  ['policies', 'policies?from=-1h&namespace=space-1', '[aria-label=Result] .figure'],
]
console.log('| page | shown after | DOM usable after | main thread | files | heap |\n|---|---|---|---|---|---|')
for (const [name, path, waits] of pages) {
  const { shown, usable, cpu, bytes, heap } = await open(browser, path, waits)
  console.log(`| ${name} | ${shown} ms | ${usable} ms | ${cpu.toFixed(2)} s | ${Math.round(bytes / 1000)} kB | ${(heap / 1e6).toFixed(1)} MB |`)
}
await browser.close()
