// From a number to its flows; filters with their completion and faults; pages, columns, exports.
import { day, pages, patience, root, seen, text } from './browser.js'

export async function overview(page, check) {
  await page.goto(`${root}console/${pages.overview.path}`)
  await page.getByRole('link', { name: /^Dropped/ }).click()
  await page.waitForURL(/flows\?.*filter=decision/)
  check(new URL(page.url()).searchParams.get('from') === '2024-02-15', 'a number leads to the flows of another window')
  check((await text(page, '.head .sub')) === '27 flows', `dropped flows: ${await text(page, '.head .sub')}`)
  await page.goBack()
  check(await seen(page, 'Flows over time'), 'back does not lead back')
  await page.goForward()
  check(await seen(page, '27 flows'), 'forward does not lead forward')
}

export async function filters(page, check) {
  await page.goto(`${root}console/${pages.flows.path}`)
  await page.locator('tbody tr').first().waitFor()
  const input = page.getByRole('combobox', { name: 'Filter' })
  await input.pressSequentially('dir')
  check(await page.getByRole('option', { name: /^direction/ }).isVisible(), 'fields are not completed')
  await page.keyboard.press('Tab')
  check((await input.inputValue()) === 'direction ', `Tab makes it ${await input.inputValue()}`)
  await input.pressSequentially('= E')
  await page.getByRole('option', { name: /^EGRESS/ }).click()
  await input.pressSequentially('and namespace = ')
  check(
    await page
      .getByRole('option', { name: /^netobserv/ })
      .waitFor(patience)
      .then(
        () => true,
        () => false,
      ),
    'values are not completed from the server',
  )
  await page.getByRole('option', { name: /^netobserv/ }).click()
  await page.keyboard.press('Enter')
  await page.waitForURL(/filter=/)
  check(new URL(page.url()).searchParams.get('filter') === 'direction = EGRESS and namespace = netobserv', `the filter is ${page.url()}`)
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length > 0 && !document.querySelector('[aria-busy=true]'))
  check(
    (await page.locator('tbody tr').allTextContents()).every(row => row.includes('EGRESS') && row.includes('netobserv')),
    'the table shows others',
  )

  await page.goto(`${root}console/flows?${day}&filter=${encodeURIComponent('decision = DROP and pod_nam = x')}`)
  check((await text(page, '.fault')).includes('there is no field "pod_nam"'), `the fault is ${await text(page, '.fault')}`)
  check((await text(page, '.fault .caret')).indexOf('▲') === 'decision = DROP and '.length, 'the caret is under another character')
  await page.getByRole('button', { name: 'Take pod_name' }).click()
  check(await seen(page, 'No flow is like that'), 'what the server suggests is not taken')

  await page.goto(`${root}console/${pages.flows.path}`)
  const first = await text(page, 'tbody tr')
  await page.getByRole('link', { name: 'Next 50' }).click()
  await page.waitForURL(/cursor=/)
  await page.waitForFunction(before => document.querySelector('tbody tr')?.textContent !== before, first)
  await page.reload()
  await page.getByRole('link', { name: 'Next 50' }).click()
  check(await seen(page, 'These are the last ones'), 'the last page has another')
  await page.getByRole('link', { name: 'First page' }).click()
  await page.waitForFunction(before => document.querySelector('tbody tr')?.textContent === before, first)

  await page.getByRole('button', { name: 'Columns' }).click()
  await page.getByRole('checkbox', { name: 'Direction' }).uncheck()
  await page.getByRole('button', { name: /^Show / }).click()
  await page.waitForURL(/cols=/)
  await page.waitForFunction(() => ![...document.querySelectorAll('th')].some(one => one.textContent === 'Direction'))
  await page.getByRole('button', { name: /^Export/ }).click()
  check(await page.getByRole('button', { name: /^Parquet/ }).isVisible(), 'there is no export')
  await page.keyboard.press('Escape')
  await page.locator('td a.cell', { hasText: 'DROP' }).first().click()
  await page.waitForURL(/filter=decision/)
}
