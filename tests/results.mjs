// Reads result files of "dotnet test" (trx): node results.mjs failed|skipped|slowest|counts file...
// failed: method <tab> name of each test that failed; counts: passed failed skipped.
import { readFileSync } from 'node:fs'

const [what, ...files] = process.argv.slice(2)
const text = (xml) => xml.replace(/&#x([0-9a-f]+);/gi, (_, code) => String.fromCodePoint(parseInt(code, 16)))
  .replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&apos;', "'").replaceAll('&amp;', '&')
const attribute = (xml, name) => text(new RegExp(`\\b${name}="([^"]*)"`).exec(xml)?.[1] ?? '')
const seconds = (duration) => duration.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)

const tests = files.flatMap((file) => {
  const trx = readFileSync(file, 'utf8')
  const methods = new Map([...trx.matchAll(/<UnitTest [^>]*\bid="([^"]*)"[^>]*>[^]*?<TestMethod ([^>]*)>/g)]
    .map(([, id, method]) => [id, { type: attribute(method, 'className'), name: attribute(method, 'name') }]))
  return [...trx.matchAll(/<UnitTestResult ([^>]*?)(?:\/>|>([^]*?)<\/UnitTestResult>)/g)].map(([, head, body]) => {
    const method = methods.get(attribute(head, 'testId'))
    // A row of a theory is named with its arguments, by its method too where the adapter did not know them before.
    return {
      type: method.type,
      method: `${method.type}.${method.name.replace(/^.*\.(?=[^.(]+(\(|$))/, '').replace(/\(.*$/s, '')}`,
      name: attribute(head, 'testName'),
      outcome: attribute(head, 'outcome'),
      seconds: seconds(attribute(head, 'duration') || '0'),
      reason: text(/<Message>([^]*?)<\/Message>/.exec(body ?? '')?.[1] ?? /<StdOut>([^]*?)<\/StdOut>/.exec(body ?? '')?.[1] ?? 'no reason given').trim(),
    }
  })
})
const skipped = tests.filter((test) => test.outcome === 'NotExecuted')
const failed = tests.filter((test) => test.outcome !== 'Passed' && test.outcome !== 'NotExecuted')
const oneLine = (name) => name.replace(/\s+/g, ' ')

if (what === 'failed') for (const test of failed) console.log(`${test.method}\t${oneLine(test.name)}`)
if (what === 'skipped') for (const test of skipped) console.log(`skipped: ${oneLine(test.name)}: ${oneLine(test.reason)}`)
if (what === 'counts') console.log(tests.length - failed.length - skipped.length, failed.length, skipped.length)
if (what === 'slowest') {
  const classes = new Map()
  for (const test of tests) classes.set(test.type, (classes.get(test.type) ?? 0) + test.seconds)
  for (const [type, sum] of [...classes].sort((a, b) => b[1] - a[1]).slice(0, 25)) console.log(`  ${sum.toFixed(1).padStart(6)} s  ${type}`)
}
