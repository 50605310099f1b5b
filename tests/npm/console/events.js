// Events: their filter is completed from the server's names, and what is wrong with it is said.
import { day, root, seen } from './browser.js'

export async function events(page, check) {
  await page.goto(`${root}console/events?${day}`)
  await page.locator('tbody tr').first().waitFor()
  const input = page.getByRole('combobox', { name: 'Filter' })
  await input.pressSequentially('sev')
  await page.getByRole('option', { name: /^severity/ }).waitFor()
  await page.keyboard.press('Tab')
  await input.pressSequentially('= ')
  await page.getByRole('option', { name: /^3/ }).click()
  await page.keyboard.press('Enter')
  await page.waitForURL(/filter=severity/)
  check(new URL(page.url()).searchParams.get('filter') === 'severity = 3', `the filter is ${page.url()}`)
  await page.goto(`${root}console/events?${day}&filter=${encodeURIComponent('sevrity = 3')}`)
  check(await seen(page.locator('.fault'), /sevrity/), 'what is wrong with a filter is not said below it')
}
