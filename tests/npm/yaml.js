// node yaml.js FILE: the file as JSON; fails on what YAML 1.2 does not allow, such as a key given twice.
import { readFileSync } from 'node:fs'
import { parseDocument } from 'yaml'

const document = parseDocument(readFileSync(process.argv[2], 'utf8'))
const problems = [...document.errors, ...document.warnings]
if (problems.length > 0) {
  console.error(problems.join('\n'))
  process.exit(1)
}
console.log(JSON.stringify(document.toJS()))
