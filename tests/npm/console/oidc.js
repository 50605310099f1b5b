// Signing in at an issuer: code flow with PKCE, back to the deep link, under a path prefix as well.
import { issuerPort, open, pages, proxied, root, seen } from './browser.js'
import { issue } from './issuer.js'

/** The issuer, from before the first page on: a server that could not ask it tries again after some time only. */
export async function started() {
  const proxy = await proxied()
  const issuer = await issue(issuerPort, [root, proxy.root])
  return {
    async oidc(browser, check) {
      for (const at of [root, proxy.root]) await signInAt(browser, check, issuer, at)
    },
    close() {
      issuer.close()
      proxy.close()
    },
  }
}

async function signInAt(browser, check, issuer, at) {
  const context = await open(browser, check, undefined, { origins: [at, issuer.address] })
  // The provider's own forms have a font from elsewhere.
  await context.route(url => ![at, issuer.address].some(one => url.href.startsWith(new URL(one).origin)), route => route.abort())
  const page = await context.newPage()
  const deep = `${at}console/${pages.flows.path}`
  const rows = () => page.locator('tbody tr').first().waitFor()
  await page.goto(deep)
  await page.getByRole('button', { name: 'Sign in at' }).click()
  await page.getByPlaceholder('Enter any login').fill('ada')
  await page.getByPlaceholder('and password').fill('whatever')
  await page.getByRole('button', { name: 'Sign-in' }).click()
  await rows()
  check(page.url() === deep, `behind the sign-in the address is ${page.url()}, not ${deep}`)
  check(await seen(page, 'ada'), 'the rail does not say who signed in')
  const kept = await page.evaluate(() => [JSON.stringify(sessionStorage), JSON.stringify(localStorage)])
  check(kept[0].includes('eyJ') && !kept[1].includes('eyJ') && !kept[0].includes('verifier'), 'the token is kept elsewhere than in the tab')
  await page.reload()
  await rows()

  // One that has expired is renewed without a question, and the view stays.
  const expired = await issuer.expired('ada')
  await page.evaluate(given => sessionStorage.setItem('kguardian-token', given), expired)
  await page.reload()
  await rows()
  check(page.url() === deep, `behind the renewal the address is ${page.url()}`)
  check((await page.evaluate(() => sessionStorage.getItem('kguardian-token'))) !== expired, 'a token that has expired is not renewed')

  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL(url => url.href.startsWith(issuer.address))
  await page.getByRole('button', { name: /sign me out/i }).click()
  await page.getByRole('button', { name: 'Sign in at' }).waitFor()
  check(page.url() === `${at}console/`, `behind the sign-out the address is ${page.url()}`)
  check((await page.evaluate(() => sessionStorage.getItem('kguardian-token'))) === null, 'who signed out still has a token')

  // An answer to another question than this tab's is refused.
  await page.goto(`${at}console/signed-in?code=stolen&state=other&iss=${encodeURIComponent(issuer.address)}`)
  check(await seen(page, 'This tab has begun no sign-in'), 'an answer that nobody asked for is taken')
  await page.goto(deep)
  await page.getByRole('button', { name: 'Sign in at' }).click()
  await page.getByPlaceholder('Enter any login').waitFor()
  await page.goto(`${at}console/signed-in?code=stolen&state=other&iss=${encodeURIComponent(issuer.address)}`)
  check(await seen(page, 'What came back is not what was asked for'), 'an answer with another state is taken')
  check((await page.evaluate(() => sessionStorage.getItem('kguardian-token'))) === null, 'an answer with another state gives a token')
  await context.close()
}
