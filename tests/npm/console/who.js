// An address: whose it was from when to when, and the flows of that time.
import { day, root, seen } from './browser.js'

export async function who(page, check) {
  await page.goto(`${root}console/who?${day}&kind=Pod&namespace=openshift-monitoring&name=prometheus-k8s-1`)
  await page.locator('a[href*="kind=Address"]').first().waitFor()
  await page.getByRole('link', { name: /^10\./ }).first().click()
  await page.waitForURL(/kind=Address/)
  check(await seen(page, 'Whose it was'), 'an address has no owners')
  const owners = page.locator('section', { hasText: 'Whose it was' }).locator('tbody tr')
  await owners.first().waitFor()
  check((await owners.first().textContent()).includes('openshift-monitoring/prometheus-k8s-1'), `the owner is ${await owners.first().textContent()}`)
  await owners.first().getByRole('link', { name: 'Flows' }).click()
  await page.waitForURL(/flows\?/)
  await page.locator('tbody tr').first().waitFor()
}
