// node document.js ADDRESS: the document is OpenAPI 3.1, and every operation does with its examples what the document says.
import { Validator } from '@seriousme/openapi-schema-validator'
import { known, mediaType, needed, open, read, report, send, text } from './api.js'

const address = process.argv[2]
await report(async check => {
  const { document, operations, validator } = await open(address)
  const valid = await new Validator().validate(structuredClone(document))
  check(valid.valid, `not OpenAPI 3.1: ${JSON.stringify(valid.errors)}`)
  check(document.openapi.startsWith('3.1'), `openapi is ${document.openapi}`)
  check(new Set(operations.map(operation => operation.operationId)).size === operations.length, 'an operationId is there twice')

  for (const [name, schema] of Object.entries(document.components.schemas)) {
    check(JSON.stringify(document).includes(`"#/components/schemas/${name}"`), `nothing refers to the schema ${name}`)
    const validate = validator({ $ref: `#/components/schemas/${name}` })
    for (const example of schema.examples ?? []) check(validate(example), `${name}: its example is wrong: ${JSON.stringify(validate.errors)}`)
  }

  // What clears is last, and what changes the days kept before it.
  const order = operation => ['POST', 'GET', 'PUT', 'PATCH', 'DELETE'].indexOf(operation.method)
  for (const operation of operations.sort((one, other) => order(one) - order(other))) {
    const always = needed(operation)
    const examples = operation.parameters.filter(parameter => parameter.example !== undefined).map(parameter => [parameter.name, text(parameter.example)])
      .filter(([name]) => !always.some(([one]) => one === name))
    for (const parameters of [always, ...examples.map((_, i) => [...always, ...examples.slice(0, i + 1)])]) {
      const answer = await send(address, operation, parameters)
      const where = `${operation.method} ${operation.path} with ${JSON.stringify(parameters)}`
      const content = operation.responses[answer.status]?.content[mediaType(answer)]
      const body = await read(answer)
      // A proposal needs its namespace, and what was seen of it in the window, which not every part of the examples has.
      if (answer.status === 400 && /^\/api\/v1\/(policies\/proposal|networkSecurity\/namespaces)/.test(operation.path)) {
        check(/namespace|name =/.test(body), `${where} is ${answer.status}: ${body}`)
        continue
      }
      check(answer.ok, `${where} is ${answer.status}: ${body}`)
      check(content !== undefined, `${where} is ${answer.status} ${mediaType(answer)}, which is not documented`)
      if (content?.schema === undefined) continue
      if (operation.method === 'POST' && operation.path.endsWith('/integrations')) known.integrationId = `${JSON.parse(body).id}`
      const validate = validator(content.schema)
      check(validate(JSON.parse(body)), `${where}: ${JSON.stringify(validate.errors)}: ${body.slice(0, 500)}`)
    }
  }
})
