// Views: kept, opened by whoever may read, put in the place of one, deleted; what somebody else did meanwhile is not written over.
import { adminToken, day, open, readToken, root, seen } from './browser.js'

const name = `Drops <b> & "é" ${process.pid}`

export async function views(page, check) {
  await page.goto(`${root}console/flows?${day}&filter=decision+%3D+DROP&limit=50`)
  const menu = page.getByRole('button', { name: 'Views', exact: true })
  await menu.click()
  await page.getByLabel('Keep what is shown as').fill(name)
  await page.getByRole('button', { name: 'Save view' }).click()
  await page.getByRole('link', { name }).waitFor()

  const [kept] = (await list()).filter(view => view.name === name)
  check(kept.address === `flows?${day}&filter=decision+%3D+DROP&limit=50`, `the view is kept as ${kept.address}`)
  // Another one, of somebody else, and one that is none: it is shown, and leads nowhere.
  await page.goto(`${root}console/map?${day}&level=workload`)
  await menu.click()
  await page.getByLabel('Keep what is shown as').fill(name)
  await page.getByRole('button', { name: 'Put this in its place' }).waitFor()
  await put({ name, address: `events?${day}` })
  await page.getByRole('button', { name: 'Put this in its place' }).click()
  check(await seen(page, 'was changed by'), 'what somebody else made of a view is written over')
  await page.getByLabel('Keep what is shown as').fill(name)
  await page.getByRole('button', { name: 'Put this in its place' }).click()
  await page.waitForFunction(() => document.querySelector('.views input').value === '')
  await page.getByRole('button', { name: `Delete ${name}` }).waitFor()

  const context = await open(page.context().browser(), check, readToken)
  const reader = await context.newPage()
  await reader.goto(`${root}console/`)
  await reader.getByRole('button', { name: 'Views', exact: true }).click()
  await reader.getByRole('link', { name }).click()
  await reader.waitForURL(/console\/map\?.*level=workload/)
  check((await reader.getByLabel('Keep what is shown as').count()) === 0, 'who only reads is asked to keep views')
  await context.close()

  await page.getByRole('button', { name: `Delete ${name}` }).click()
  await page.getByRole('button', { name: 'Delete for all' }).click()
  check((await seen(page, 'No view was kept yet')) && (await list()).length === 0, 'a view that was deleted is still there')
}

const call = (method, body) =>
  fetch(new URL('api/v1/views', root), {
    method,
    headers: { Authorization: `Bearer ${adminToken}`, 'Content-Type': 'application/json' },
    body: body && JSON.stringify(body),
  })
const list = async () => (await (await call('GET')).json()).views
const put = async body => {
  const answer = await call('PUT', body)
  if (!answer.ok) throw new Error(`a view is ${answer.status}: ${await answer.text()}`)
}
