// The map: its list, its levels, an end that an address chooses.
import { day, pages, root, seen } from './browser.js'

export async function maps(page, check) {
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
