// node console.js ADDRESS READ_TOKEN ADMIN_TOKEN [SCREENSHOTS]: walks all pages of the console in Debian's Chromium, as people of both roles do, by links, keys
// and addresses; with a server that is away, under a path prefix, and on a phone. axe looks at each page. The server is empty before.
import { chromium } from 'playwright-core'
import { report } from './api.js'
import { adminToken, open } from './console/browser.js'
import { everyPage, phone } from './console/every-page.js'
import { filters, overview } from './console/flows.js'
import { live } from './console/live.js'
import { maps } from './console/map.js'
import { policies } from './console/policies.js'
import { seed } from './console/seed.js'
import { signIn } from './console/sign-in.js'
import { prefix, troubles } from './console/troubles.js'

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
