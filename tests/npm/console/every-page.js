// All pages, wide and narrow: what each is for comes, axe finds nothing, and nothing is too large.
import { accessible, adminToken, open, pages, patience, root, screenshots, seen, text } from './browser.js'

export async function everyPage(page, check) {
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

export async function phone(browser, check) {
  const context = await open(browser, check, adminToken, { viewport: { width: 390, height: 844 }, colorScheme: 'dark' })
  const page = await context.newPage()
  for (const [name, { path, waits }] of Object.entries(pages)) {
    await page.goto(`${root}console/${path}`)
    await page.locator(waits).first().waitFor()
    const width = await page.evaluate(() => document.documentElement.scrollWidth)
    check(width <= 390, `${name} is ${width} px wide at 390`)
    // Names and roles are those of the wide page; colours are not.
    await accessible(page, `${name}, dark, on a phone`, check, ['color-contrast'])
    if (screenshots) await page.screenshot({ path: `${screenshots}/${name}-phone.png` })
  }
  await context.close()
}
