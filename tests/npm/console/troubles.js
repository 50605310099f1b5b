// What goes wrong says so; a path prefix goes right.
import { open, pages, proxied, readToken, root, seen } from './browser.js'

/** A server that is away, that refuses, and that finds a question too large. */
export async function troubles(page, check) {
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

/** Behind a proxy that takes a prefix off and says nothing of it. */
export async function prefix(browser, check) {
  const proxy = await proxied()
  const context = await open(browser, check, readToken, { origins: [proxy.root] })
  const page = await context.newPage()
  await page.goto(proxy.root)
  check(await seen(page, 'Flows over time'), 'under a prefix there is no overview')
  await page.getByRole('link', { name: 'Flows', exact: true }).click()
  await page.goto(`${proxy.root}console/${pages.flows.path}`)
  await page.locator('tbody tr').first().waitFor()
  await page.reload()
  await page.locator('tbody tr').first().waitFor()
  check(new URL(page.url()).pathname === '/a/kg/console/flows', `under a prefix the address is ${page.url()}`)
  await context.close()
  proxy.close()
}
