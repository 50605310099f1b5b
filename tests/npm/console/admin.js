// Administration: what a change of retention would drop is said before it is made; a backup; the tokens, without themselves.
import { adminToken, readToken, root, seen, text } from './browser.js'

export async function admin(page, check) {
  await page.goto(`${root}console/admin`)
  const days = page.getByLabel('Keep')
  await page.getByText(/^Flows are kept for/).waitFor()
  const before = await text(page, 'form strong')
  check(await page.getByRole('button', { name: 'See what would go' }).isDisabled(), 'what is so already can be asked for')
  await days.fill('0')
  check(await seen(page, 'Whole days from 1 to 36,500'), 'no days at all are not said to be wrong')
  await days.fill('4000')
  await page.getByRole('button', { name: 'See what would go' }).click()
  check(await seen(page, 'Nothing would go now'), 'it is not said what would go')
  await page.getByRole('button', { name: 'Leave it' }).click()
  check((await text(page, 'form strong')) === before, 'what was left is changed')
  await page.getByRole('button', { name: 'See what would go' }).click()
  await page.getByRole('button', { name: 'Keep 4000 days' }).click()
  await page.waitForFunction(() => document.querySelector('form strong')?.textContent === '4000 days')

  await page.getByRole('button', { name: 'Back up now' }).click()
  // Where backups may go to is the store's to say: it is made, or why not is shown.
  await page.getByText(/^The last one (went well|failed: .)/).waitFor({ timeout: 90_000 })

  const tokens = await page.locator('section', { hasText: 'Last used here' }).last().textContent()
  check(/Auth:ReadTokenFile/.test(tokens) && /this one/.test(tokens), `the tokens are ${tokens}`)
  check(!(await page.content()).includes(adminToken) && !(await page.content()).includes(readToken), 'a token is shown')
}
