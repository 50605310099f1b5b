// Signing in with a token, and out again.
import { open, readToken, root, seen } from './browser.js'

export async function signIn(browser, check) {
  const context = await open(browser, check)
  const page = await context.newPage()
  await page.goto(root)
  check(new URL(page.url()).pathname === '/console/', `/ leads to ${page.url()}`)
  await page.getByLabel('Token').fill('wrong-token')
  await page.keyboard.press('Enter')
  check(await seen(page, 'does not take this token'), 'a wrong token is not said to be wrong')
  await page.getByLabel('Token').fill(readToken)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
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
  check(await seen(page, 'token with the role'), 'who signed out is still signed in')
  await context.close()
}
