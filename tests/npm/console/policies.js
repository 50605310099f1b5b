// A policy proposed, edited, shared, and wrong.
import { pages, patience, root, seen, text } from './browser.js'

export async function policies(page, check) {
  await page.goto(`${root}console/${pages.policies.path}`)
  await page.locator(pages.policies.waits).first().waitFor()
  check(await seen(page, 'What it comes from'), 'the proposal does not say what it comes from')
  await paste(
    page,
    'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, namespace: openshift-monitoring}\n' +
      'spec: {podSelector: {}, policyTypes: [Ingress, Egress]}\n',
  )
  await page.waitForURL(/#yaml=/)
  await page.waitForFunction(() => /[1-9]/.test(document.querySelector('[aria-label=Result] .value')?.textContent ?? ''), null, patience)
  const blocked = Number((await text(page, '[aria-label=Result] .value')).replace(/,/g, ''))
  check(blocked > 0, `a policy that denies all would block ${blocked} flows`)
  const shared = page.url()
  await page.goto('about:blank')
  await page.goto(shared)
  await page.locator('[aria-label=Result] tbody tr').first().waitFor()
  check((await page.locator('.editor .cm-content').textContent()).includes('deny'), 'the address does not have the policy')
  await paste(page, 'kind: [')
  check(await seen(page, /Line \d+ cannot be taken/), 'YAML that cannot be read is not said to be so')
}

/** Puts a text in place of what the editor has, as the clipboard does. */
async function paste(page, given) {
  await page.locator('.editor .cm-content').click()
  await page.keyboard.press('Control+a')
  await page.locator('.editor .cm-content').evaluate((content, pasted) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', pasted)
    content.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }, given)
}
