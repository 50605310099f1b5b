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
  // An event's id depends on the store's secret.
  const nameEvent = async operation => {
    const isOfActivity = operation.path.includes('/{type}')
    const events = operation.path.split(isOfActivity ? '/{type}' : '/{eventId}')[0]
    if (!isOfActivity) {
      // None of the examples is a dropped flow, of which events are.
      const dropped = { uuid: '0d2f7a11-0000-4d36-9a0b-000000000009', pod_name: 'p', pod_namespace: 'n', pod_ip: '10.0.0.1', decision: 'DROP' }
      dropped.time_stamp = '2024-02-15T15:44:25.000000'
      await fetch(new URL('/pod/traffic', address), { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(dropped) })
    }
    const which = isOfActivity ? 'from=0&filter=decision != DROP and kubernetes.pod.name exists' : 'from=1708011862000000000&to=1708011873000000000'
    const [event] = (await (await fetch(new URL(`${events}?${which}`, address))).json()).data
    operation.parameters.find(parameter => parameter.name === 'eventId').example = event.id
  }
  // A file can be had once it is finished.
  const finished = async fileId => {
    known.fileId = fileId
    for (let left = 100; left > 0 && !(await fetch(new URL(`/api/reporting/v1/flows/reports/${fileId}`, address))).ok; left--) {
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }
  for (const operation of operations.sort((one, other) => order(one) - order(other))) {
    if (operation.path.includes('/{eventId}')) await nameEvent(operation)
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
      // Both ends of a window of two weeks at most, or neither.
      if (answer.status === 400 && operation.path.endsWith('/secureEvents') && parameters.length === 1) {
        check(/both from and to/.test(body), `${where} is ${answer.status}: ${body}`)
        continue
      }
      check(answer.ok, `${where} is ${answer.status}: ${body}`)
      // What says whether it was cut says what it has read, or a stream what there is to read.
      const cost = ['x-rows-read', 'x-rows-to-read'].map(name => Number(answer.headers.get(name) ?? NaN)).find(rows => !Number.isNaN(rows))
      check(!answer.headers.has('x-result-cut') || cost >= 0, `${where} does not say what it has read`)
      check(content !== undefined, `${where} is ${answer.status} ${mediaType(answer)}, which is not documented`)
      if (content?.schema === undefined) continue
      if (operation.method === 'POST' && operation.path.endsWith('/integrations')) known.integrationId = `${JSON.parse(body).id}`
      if (operation.method === 'POST' && operation.path.endsWith('/schedules')) known.scheduleId = JSON.parse(body).id
      if (operation.path.endsWith('/run')) await finished(JSON.parse(body).fileId)
      const validate = validator(content.schema)
      check(validate(JSON.parse(body)), `${where}: ${JSON.stringify(validate.errors)}: ${body.slice(0, 500)}`)
    }
  }
})
