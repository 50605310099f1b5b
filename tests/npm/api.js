// What the scripts share: the document, its schemas compiled, and requests made from it.
import Ajv2020 from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

export async function open(address) {
  const answer = await fetch(new URL('/openapi/v1.json', address))
  const document = await answer.json()
  const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true, keywords: ['components'] })
  addFormats(ajv)
  ajv.addSchema({ $id: 'document', components: { schemas: document.components.schemas } })
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation, parameters: operation.parameters ?? [] })))
  // Compiled once: there are thousands of answers, and some dozens of schemas.
  const validators = new Map()
  const validator = schema => {
    if (!validators.has(schema.$ref)) validators.set(schema.$ref, ajv.compile({ $ref: `document${schema.$ref}` }))
    return validators.get(schema.$ref)
  }
  return { document, operations, validator }
}

export const text = value => [value].flat().join(',')

/** Values of path parameters that only an answer can give. */
export const known = { integrationId: '1', scheduleId: 'schedule-0', fileId: '0' }

/** What a request has to bring beside the parameters given, by their examples. */
export const needed = (operation, given = []) => operation.parameters
  .filter(parameter => parameter.in === 'query' && parameter.required && !given.some(([name]) => name === parameter.name))
  .map(parameter => [parameter.name, text(parameter.example)])

/** Sends an operation with the parameters given: [name, value] each, in the query unless the operation says otherwise. */
export function send(address, operation, parameters, withBody = true) {
  let path = operation.path
  const query = new URLSearchParams()
  for (const parameter of operation.parameters.filter(parameter => parameter.in === 'path')) {
    const given = parameters.find(([name]) => name === parameter.name)?.[1] ?? known[parameter.name] ?? text(parameter.example)
    path = path.replace(`{${parameter.name}}`, encodeURIComponent(given))
  }
  for (const [name, value] of parameters) if (!operation.parameters.some(parameter => parameter.in === 'path' && parameter.name === name)) query.append(name, value)
  const body = withBody ? operation.requestBody?.content['application/json'].example : undefined
  return fetch(new URL(path + (query.size ? `?${query}` : ''), address), {
    method: operation.method,
    headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  })
}

export const mediaType = answer => (answer.headers.get('content-type') ?? '').split(';')[0]

/** The body; a stream of events has no end, and is left. */
export async function read(answer) {
  if (mediaType(answer) !== 'text/event-stream') return answer.text()
  await answer.body.cancel()
  return ''
}

/** Runs checks; ends with the problems found, or says how many checks there were. */
export async function report(check) {
  const problems = []
  let checks = 0
  await check((condition, problem) => {
    checks++
    if (!condition) problems.push(problem)
  })
  console.log(problems.length ? problems.join('\n') : `${checks} checks`)
  process.exitCode = problems.length ? 1 : 0
}
