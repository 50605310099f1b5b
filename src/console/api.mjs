// node api.mjs SERVER|FILE [--check]: writes src/api/schema.d.ts from the OpenAPI document of a server, of the routes in src/api/routes.json; with --check
// it writes nothing, and ends with 1 when the file is not what the document says.
import { readFileSync, writeFileSync } from 'node:fs'
import openapi, { astToString } from 'openapi-typescript'

const file = name => new URL(`src/api/${name}`, import.meta.url)
const [source, mode] = process.argv.slice(2)
if (!source) throw new Error('say where the document is: node api.mjs http://localhost:9090')
const document = source.startsWith('http')
  ? await (await fetch(new URL('openapi/v1.json', source.replace(/\/*$/, '/')))).json()
  : JSON.parse(readFileSync(source, 'utf8'))
const routes = JSON.parse(readFileSync(file('routes.json'), 'utf8'))

const paths = {}
for (const [path, methods] of Object.entries(routes)) {
  paths[path] = {}
  for (const method of methods) {
    const operation = document.paths[path]?.[method]
    if (!operation) throw new Error(`the document has no ${method.toUpperCase()} ${path}`)
    // Errors are read by what they have in common (src/api/problem.ts), not by the style of each family.
    const responses = Object.fromEntries(Object.entries(operation.responses).filter(([status]) => status.startsWith('2')))
    paths[path][method] = { ...operation, operationId: undefined, responses }
  }
}

const used = new Set()
const mark = part => {
  for (const [, name] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    if (used.has(name)) continue
    used.add(name)
    mark(document.components.schemas[name])
  }
}
mark(paths)
const strip = value =>
  Array.isArray(value)
    ? value.map(strip)
    : value === null || typeof value !== 'object'
      ? value
      : Object.fromEntries(
          Object.entries(value)
            .filter(([name]) => name !== 'example' && name !== 'examples')
            .map(([name, one]) => [name, strip(one)]),
        )
const schemas = Object.fromEntries(
  Object.keys(document.components.schemas)
    .filter(name => used.has(name))
    .map(name => [name, strip(document.components.schemas[name])]),
)
const pruned = { openapi: document.openapi, info: document.info, paths: JSON.parse(JSON.stringify(paths)), components: { schemas } }
const text = `// Written by "npm run api"; not by hand.\n${astToString(await openapi(pruned))}`
if (mode === '--check') {
  if (readFileSync(file('schema.d.ts'), 'utf8') !== text) {
    console.error('src/console/src/api/schema.d.ts is not what the document says: npm run api -- http://localhost:9090')
    process.exit(1)
  }
  console.log('schema.d.ts is what the document says')
} else {
  writeFileSync(file('schema.d.ts'), text)
}
