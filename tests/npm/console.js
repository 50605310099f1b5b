// node console.js ADDRESS READ_TOKEN ADMIN_TOKEN ISSUER_PORT [SCREENSHOTS]: walks all pages of the console in Debian's Chromium, as people of both roles do, by links,
// keys and addresses; with a server that is away, under a path prefix, on a phone, and signed in at an issuer that it starts at a port. axe looks at each
// page. The server is empty before.
import { chromium } from 'playwright-core'
import { report } from './api.js'
import { admin } from './console/admin.js'
import { adminToken, open, screenshots } from './console/browser.js'
import { events } from './console/events.js'
import { everyPage, phone } from './console/every-page.js'
import { filters, overview } from './console/flows.js'
import { live } from './console/live.js'
import { maps } from './console/map.js'
import { started } from './console/oidc.js'
import { policies } from './console/policies.js'
import { seed } from './console/seed.js'
import { signIn } from './console/sign-in.js'
import { prefix, troubles } from './console/troubles.js'
import { views } from './console/views.js'
import { who } from './console/who.js'

/** Walks at once: what one waits for the server is the other's time in the browser. */
const atOnce = 2

/** Walks of an administrator, each in a window of its own; and those that open windows for themselves. */
const walks = [everyPage, filters, troubles, maps, policies, live, views, admin, events, overview, who]
const alone = [phone, signIn, prefix]

async function walk(browser, check) {
  const issuer = await started()
  try {
    await walkAll(browser, check, issuer)
  } finally {
    issuer.close()
  }
}

async function walkAll(browser, check, issuer) {
  await seed()
  const waiting = [...alone, issuer.oidc, ...walks]
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let run; (run = waiting.shift()); ) {
        const began = performance.now()
        const context = walks.includes(run) ? await open(browser, check, adminToken) : undefined
        // One that fails in the middle does not hold up the others.
        await run(context ? await context.newPage() : browser, check).catch(error => check(false, `${run.name}: ${error.message.slice(0, 600)}`))
        await context?.close()
        if (screenshots) console.log(`${run.name}: ${Math.round(performance.now() - began)} ms`)
      }
    }),
  )
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
