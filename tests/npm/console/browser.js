// What the walks of the console share: the server, the pages, and a browser whose pages report what is wrong with them.
import axe from 'axe-core'
import { createServer, request } from 'node:http'

const [address, readToken, adminToken, issuerPort, screenshots] = process.argv.slice(2)
const root = address.replace(/\/*$/, '/')
const day = 'from=2024-02-15&to=2024-02-16'
const patience = { timeout: 30_000 }
export { adminToken, day, issuerPort, patience, readToken, root, screenshots }

export const pages = {
  overview: { path: `?${day}`, heading: 'Overview', waits: '.bars a' },
  flows: { path: `flows?${day}&limit=50`, heading: 'Flows', waits: 'tbody tr' },
  map: { path: `map?${day}&level=workload`, heading: 'Map', waits: '.canvas[data-ready=true]' },
  who: {
    path: `who?${day}&kind=Pod&namespace=openshift-monitoring&name=prometheus-k8s-1`, heading: 'openshift-monitoring/prometheus-k8s-1', waits: 'tbody tr',
  },
  live: { path: 'live?back=-1h', heading: 'Live', waits: 'tbody tr' },
  policies: { path: `policies?${day}&namespace=openshift-monitoring`, heading: 'Policies', waits: '[aria-label=Result] .figure' },
  events: { path: `events?${day}`, heading: 'Events', waits: 'tbody tr' },
  admin: { path: 'admin', heading: 'Administration', waits: '.findings li' },
}

/** A context whose pages report what is wrong with them: errors of scripts, of the Content-Security-Policy, and requests to anywhere else. */
export async function open(browser, check, token, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1366, height: 900 }, reducedMotion: 'reduce', ...options })
  context.setDefaultTimeout(patience.timeout)
  // Blank pages have no storage.
  if (token)
    await context.addInitScript(given => {
      try {
        sessionStorage.setItem('kguardian-token', given)
      } catch {
        /* Not one of ours. */
      }
    }, token)
  context.on('request', asked => {
    const url = asked.url()
    // An issuer's own pages are not ours to judge.
    const isOurs = options.origins === undefined || asked.isNavigationRequest() || asked.frame().url().startsWith(options.origins[0])
    if (isOurs) check((options.origins ?? [root]).some(one => url.startsWith(new URL(one).origin)) || /^(blob|data):/.test(url), `a request to ${url}`)
  })
  context.on('weberror', error => check(false, `an error of a script: ${error.error()}`))
  context.on('console', message => {
    // What a route answers with a status, and what the software renderer says of itself, is no fault of a page.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) check(false, `the browser's console: ${message.text()}`)
  })
  return context
}

export const text = async (page, selector) => (await page.locator(selector).first().textContent(patience)) ?? ''
export const seen = async (page, what) =>
  page
    .getByText(what)
    .first()
    .waitFor(patience)
    .then(
      () => true,
      () => false,
    )

/** Contrast, names, roles, by axe. */
export async function accessible(page, name, check, rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']) {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(runOnly => window.axe.run(document, { runOnly, resultTypes: ['violations'] }), rules)
  const said = violations.map(
    ({ id, nodes }) => `${id} (${nodes.length}): ${nodes[0].html.slice(0, 160)} ${nodes[0].failureSummary?.replace(/\s+/g, ' ').slice(0, 240)}`,
  )
  check(violations.length === 0, `${name}: ${said.join('\n  ')}`)
}

/** A proxy that takes a prefix off and says nothing of it. */
export async function proxied() {
  const proxy = createServer((incoming, outgoing) => {
    if (!incoming.url.startsWith('/a/kg/')) return outgoing.writeHead(404).end()
    const passed = request(new URL(incoming.url.slice('/a/kg'.length), root), { method: incoming.method, headers: incoming.headers }, answer => {
      outgoing.writeHead(answer.statusCode, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.destroy())
    incoming.pipe(passed)
  })
  await new Promise(resolve => proxy.listen(0, '127.0.0.1', resolve))
  return { root: `http://127.0.0.1:${proxy.address().port}/a/kg/`, close: () => proxy.close() }
}
