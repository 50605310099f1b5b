// node console.js ADDRESS READ_TOKEN ADMIN_TOKEN [SCREENSHOTS]: walks all pages of the console in Debian's Chromium, as people of both roles do, by links, keys
// and addresses; with a server that is away, under a path prefix, and on a phone. axe looks at each page. The server is empty before.
import axe from 'axe-core'
import { readFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { chromium } from 'playwright-core'
import { report } from './api.js'

const [address, readToken, adminToken, screenshots] = process.argv.slice(2)
const root = address.replace(/\/*$/, '/')
const day = 'from=2024-02-15&to=2024-02-16'
const patience = { timeout: 20_000 }

const pages = {
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
async function open(browser, check, token, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1366, height: 900 }, ...options })
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
  context.on('request', one =>
    check(one.url().startsWith(new URL(options.origin ?? root).origin) || /^(blob|data):/.test(one.url()), `a request to ${one.url()}`),
  )
  context.on('weberror', error => check(false, `an error of a script: ${error.error()}`))
  context.on('console', message => {
    // What a route answers with a status, and what the software renderer says of itself, is no fault of a page.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) check(false, `the browser's console: ${message.text()}`)
  })
  return context
}

const text = async (page, selector) => (await page.locator(selector).first().textContent(patience)) ?? ''
const seen = async (page, what) =>
  page
    .getByText(what)
    .first()
    .waitFor(patience)
    .then(
      () => true,
      () => false,
    )

async function walk(browser, check) {
  // One that fails in the middle does not hold up the others.
  const part = (run, ...given) => run(...given, check).catch(error => check(false, `${run.name}: ${error.message.slice(0, 600)}`))
  await seed()
  await part(signIn, browser)
  const context = await open(browser, check, adminToken)
  const page = await context.newPage()
  for (const run of [everyPage, overview, filters, maps, live, policies, troubles]) await part(run, page)
  await context.close()
  for (const run of [phone, prefix]) await part(run, browser)
}

async function signIn(browser, check) {
  const context = await open(browser, check)
  const page = await context.newPage()
  await page.goto(root)
  check(new URL(page.url()).pathname === '/console/', `/ leads to ${page.url()}`)
  await page.getByLabel('Token').fill('wrong-token')
  await page.keyboard.press('Enter')
  check(await seen(page, 'does not take this token'), 'a wrong token is not said to be wrong')
  await page.getByLabel('Token').fill(readToken)
  await page.getByRole('button', { name: 'Sign in' }).click()
  check(await seen(page, 'Flows over time'), 'the right token does not sign in')
  check(!page.url().includes(readToken), 'the token is in the address')
  check((await page.getByRole('link', { name: 'Administration' }).count()) === 0, 'a token with the role read sees the administration')
  const loaded = await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .filter(one => /\.(js|css|woff2)$/.test(one.name))
      .reduce((sum, one) => sum + one.encodedBodySize, 0),
  )
  check(loaded > 50_000 && loaded < 300_000, `the first view loads ${loaded} bytes, more than 300 kB`)
  await page.reload()
  check(await seen(page, 'Flows over time'), 'a reload signs out')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByLabel('Token').waitFor()
  await page.reload()
  check(await seen(page, 'This server needs a token'), 'who signed out is still signed in')
  await context.close()
}

async function everyPage(page, check) {
  for (const [name, { path, heading, waits }] of Object.entries(pages)) {
    await page.goto(`${root}console/${path}`)
    check((await text(page, 'h1')).trim() === heading, `${path} is headed ${await text(page, 'h1')}`)
    check(
      await page
        .locator(waits)
        .first()
        .waitFor(patience)
        .then(
          () => true,
          () => false,
        ),
      `${path} does not come to show ${waits}: ${(await page.locator('main').textContent())?.slice(0, 300)}`,
    )
    const { width, heap } = await page.evaluate(() => ({ width: document.documentElement.scrollWidth, heap: performance.memory.usedJSHeapSize }))
    check(width <= 1366, `${name} is ${width} px wide at 1366`)
    check(heap < 100e6, `${name} holds ${heap} bytes`)
    await accessible(page, `${name}, light`, check)
    if (screenshots) await page.screenshot({ path: `${screenshots}/${name}.png` })
  }
  await page.goto(`${root}console/nothing`)
  check(await seen(page, 'There is no such page'), 'a page that there is not is not said to be none')
}

async function overview(page, check) {
  await page.goto(`${root}console/${pages.overview.path}`)
  await page.getByRole('link', { name: /^Dropped/ }).click()
  await page.waitForURL(/flows\?.*filter=decision/)
  check(new URL(page.url()).searchParams.get('from') === '2024-02-15', 'a number leads to the flows of another window')
  check((await text(page, '.head .sub')) === '27 flows', `dropped flows: ${await text(page, '.head .sub')}`)
  await page.goBack()
  check(await seen(page, 'Flows over time'), 'back does not lead back')
  await page.goForward()
  check(await seen(page, '27 flows'), 'forward does not lead forward')
}

async function filters(page, check) {
  await page.goto(`${root}console/${pages.flows.path}`)
  await page.locator('tbody tr').first().waitFor()
  const input = page.getByRole('combobox', { name: 'Filter' })
  await input.pressSequentially('dir')
  check(await page.getByRole('option', { name: /^direction/ }).isVisible(), 'fields are not completed')
  await page.keyboard.press('Tab')
  check((await input.inputValue()) === 'direction ', `Tab makes it ${await input.inputValue()}`)
  await input.pressSequentially('= E')
  await page.getByRole('option', { name: /^EGRESS/ }).click()
  await input.pressSequentially('and namespace = ')
  check(
    await page
      .getByRole('option', { name: /^netobserv/ })
      .waitFor(patience)
      .then(
        () => true,
        () => false,
      ),
    'values are not completed from the server',
  )
  await page.getByRole('option', { name: /^netobserv/ }).click()
  await page.keyboard.press('Enter')
  await page.waitForURL(/filter=/)
  check(new URL(page.url()).searchParams.get('filter') === 'direction = EGRESS and namespace = netobserv', `the filter is ${page.url()}`)
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length > 0 && !document.querySelector('[aria-busy=true]'))
  check(
    (await page.locator('tbody tr').allTextContents()).every(row => row.includes('EGRESS') && row.includes('netobserv')),
    'the table shows others',
  )

  await page.goto(`${root}console/flows?${day}&filter=${encodeURIComponent('decision = DROP and pod_nam = x')}`)
  check((await text(page, '.fault')).includes('there is no field "pod_nam"'), `the fault is ${await text(page, '.fault')}`)
  check((await text(page, '.fault .caret')).indexOf('▲') === 'decision = DROP and '.length, 'the caret is under another character')
  await page.getByRole('button', { name: 'Take pod_name' }).click()
  check(await seen(page, 'No flow is like that'), 'what the server suggests is not taken')

  await page.goto(`${root}console/${pages.flows.path}`)
  const first = await text(page, 'tbody tr')
  await page.getByRole('link', { name: 'Next 50' }).click()
  await page.waitForURL(/cursor=/)
  await page.waitForFunction(before => document.querySelector('tbody tr')?.textContent !== before, first)
  await page.reload()
  await page.getByRole('link', { name: 'Next 50' }).click()
  check(await seen(page, 'These are the last ones'), 'the last page has another')
  await page.getByRole('link', { name: 'First page' }).click()
  await page.waitForFunction(before => document.querySelector('tbody tr')?.textContent === before, first)

  await page.getByRole('button', { name: 'Columns' }).click()
  await page.getByRole('checkbox', { name: 'Direction' }).uncheck()
  await page.getByRole('button', { name: /^Show / }).click()
  await page.waitForURL(/cols=/)
  await page.waitForFunction(() => ![...document.querySelectorAll('th')].some(one => one.textContent === 'Direction'))
  await page.getByRole('button', { name: /^Export/ }).click()
  check(await page.getByRole('button', { name: /^Parquet/ }).isVisible(), 'there is no export')
  await page.keyboard.press('Escape')
  await page.locator('td a.cell', { hasText: 'DROP' }).first().click()
  await page.waitForURL(/filter=decision/)
}

async function maps(page, check) {
  await page.goto(`${root}console/map?${day}`)
  await page.locator(pages.map.waits).waitFor()
  check(
    (await page.locator('aside').textContent()).includes('openshift-monitoring → openshift-dns 5353/UDP'),
    'the list beside the map has not its strongest connection',
  )
  await page.getByRole('link', { name: 'Workloads' }).click()
  await page.waitForURL(/level=workload/)
  await page.goto(`${root}console/map?${day}&focus=%2FNamespace%2Fnetobserv`)
  check(await seen(page, 'All about it'), 'an address does not choose an end')
  await page.getByRole('link', { name: 'Its workloads' }).click()
  await page.waitForURL(/filter=.*netobserv/)
  await page.locator(pages.map.waits).waitFor()
}

async function live(page, check) {
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

async function policies(page, check) {
  await page.goto(`${root}console/${pages.policies.path}`)
  await page.locator(pages.policies.waits).first().waitFor()
  check(await seen(page, 'What it comes from'), 'the proposal does not say what it comes from')
  await paste(
    page,
    'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, namespace: openshift-monitoring}\n' +
      'spec: {podSelector: {}, policyTypes: [Ingress, Egress]}\n',
  )
  await page.waitForURL(/#yaml=/)
  await page.waitForFunction(() => /[1-9]/.test(document.querySelector('[aria-label=Result] .value')?.textContent ?? ''), null, patience)
  const blocked = Number((await text(page, '[aria-label=Result] .value')).replace(/,/g, ''))
  check(blocked > 0, `a policy that denies all would block ${blocked} flows`)
  const shared = page.url()
  await page.goto('about:blank')
  await page.goto(shared)
  await page.locator('[aria-label=Result] tbody tr').first().waitFor()
  check((await page.locator('.editor .cm-content').textContent()).includes('deny'), 'the address does not have the policy')
  await paste(page, 'kind: [')
  check(await seen(page, /Line \d+ cannot be taken/), 'YAML that cannot be read is not said to be so')
}

/** Puts a text in place of what the editor has, as the clipboard does. */
async function paste(page, given) {
  await page.locator('.editor .cm-content').click()
  await page.keyboard.press('Control+a')
  await page.locator('.editor .cm-content').evaluate((content, pasted) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', pasted)
    content.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }, given)
}

/** A server that is away, that refuses, and that finds a question too large. */
async function troubles(page, check) {
  const flows = '**/api/v1/flows?*'
  await page.route(flows, route => route.abort())
  await page.goto(`${root}console/${pages.flows.path}`)
  check(await seen(page, 'The server cannot be reached'), 'a server that is away is not said to be')
  await page.unroute(flows)
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.locator('tbody tr').first().waitFor()
  await page.route(flows, route =>
    route.fulfill({
      status: 422,
      contentType: 'application/problem+json',
      body: JSON.stringify({ title: 'The query is larger than this server allows', status: 422, detail: 'It took longer than Query:TimeLimit.' }),
    }),
  )
  await page.getByRole('button', { name: 'Ask again' }).click()
  check((await seen(page, 'Query:TimeLimit')) && (await seen(page, 'Choose a shorter window')), 'a question that is too large does not say what to do')
  await page.unroute(flows)
  await page.route(flows, route =>
    route.fulfill({ status: 401, contentType: 'application/problem+json', body: JSON.stringify({ title: 'A token is needed', status: 401, detail: '' }) }),
  )
  await page.goto(`${root}console/${pages.flows.path}`)
  check(await seen(page, 'does not take this token'), 'a token that is refused does not lead to the form')
  await page.unroute(flows)
}

async function phone(browser, check) {
  const context = await open(browser, check, adminToken, { viewport: { width: 390, height: 844 }, colorScheme: 'dark' })
  const page = await context.newPage()
  for (const [name, { path, waits }] of Object.entries(pages)) {
    await page.goto(`${root}console/${path}`)
    await page.locator(waits).first().waitFor()
    const width = await page.evaluate(() => document.documentElement.scrollWidth)
    check(width <= 390, `${name} is ${width} px wide at 390`)
    await accessible(page, `${name}, dark, on a phone`, check)
    if (screenshots) await page.screenshot({ path: `${screenshots}/${name}-phone.png` })
  }
  await context.close()
}

/** Behind a proxy that takes a prefix off and says nothing of it. */
async function prefix(browser, check) {
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
  const origin = `http://127.0.0.1:${proxy.address().port}/`
  const context = await open(browser, check, readToken, { origin })
  const page = await context.newPage()
  await page.goto(`${origin}a/kg/`)
  check(await seen(page, 'Flows over time'), 'under a prefix there is no overview')
  await page.getByRole('link', { name: 'Flows', exact: true }).click()
  await page.goto(`${origin}a/kg/console/${pages.flows.path}`)
  await page.locator('tbody tr').first().waitFor()
  await page.reload()
  await page.locator('tbody tr').first().waitFor()
  check(new URL(page.url()).pathname === '/a/kg/console/flows', `under a prefix the address is ${page.url()}`)
  await context.close()
  proxy.close()
}

/** Contrast, names, roles, by axe. */
async function accessible(page, name, check) {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }))
  const said = violations.map(
    ({ id, nodes }) => `${id} (${nodes.length}): ${nodes[0].html.slice(0, 160)} ${nodes[0].failureSummary?.replace(/\s+/g, ' ').slice(0, 240)}`,
  )
  check(violations.length === 0, `${name}: ${said.join('\n  ')}`)
}

/** What the console shows: the events of tests/data, their pods, and a question behind which all of it can be read. */
async function seed() {
  const events = JSON.parse(readFileSync(new URL('../data/openshift-flows.json', import.meta.url), 'utf8'))
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

await report(async check => {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', ...(process.getuid() === 0 ? ['--no-sandbox'] : [])],
  })
  try {
    await walk(browser, check)
  } finally {
    await browser.close()
  }
})
