// The map: its list, its levels, an end that an address chooses.
import { day, pages, root, screenshots, seen } from './browser.js'

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

  // A namespace opens in place, then a workload; the way back leads out.
  await page.goto(`${root}console/map?${day}`)
  await page.locator(pages.map.waits).waitFor()
  const within = page.locator('aside section').first()
  await within.getByRole('button', { name: /^openshift-monitoring/ }).click()
  await page.waitForURL(/open=openshift-monitoring/)
  await within.getByRole('heading', { name: /^Workloads of openshift-monitoring/ }).waitFor()
  await within.getByRole('button', { name: /^prometheus-k8s/ }).click()
  await page.waitForURL(/within=/)
  await within.getByRole('button', { name: /^prometheus-k8s-1/ }).waitFor()
  await page.reload()
  await within.getByRole('button', { name: /^prometheus-k8s-1/ }).waitFor()
  await page.locator(pages.map.waits).waitFor()
  const crumbs = page.getByRole('navigation', { name: 'Opened on the map' })
  check(/All namespaces.*openshift-monitoring.*prometheus-k8s/.test(await crumbs.textContent()), `the way back is ${await crumbs.textContent()}`)
  if (screenshots) await page.screenshot({ path: `${screenshots}/map-opened.png` })
  await crumbs.getByRole('link', { name: 'All namespaces' }).click()
  await within.getByRole('heading', { name: /^Namespaces/ }).waitFor()
}
