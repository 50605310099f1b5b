// node sweep.js ADDRESS: whatever a parameter is given, the answer names what is wrong in the family's envelope, and never is a 5xx.
import { mediaType, needed, open, read, report, send } from './api.js'

const hostile = ["'", '"', '\\', '\u0000', "' OR 1=1 --", "'; DROP TABLE traffic; --", '{limit:UInt64}', '%s%n', '../../etc/passwd', '\u202e\ud83d\ude00', '${7*7}', '\r\nX-Own: 1']
const values = {
  integer: ['x', '1.5', '0x10', '1e3', '-1', '', ' 1', '99999999999999999999', 'NaN', '9'.repeat(10_000), ...hostile],
  array: ['', ',', 'nothing', 'pod,,pod', 'x'.repeat(10_000), ...hostile],
  enum: ['', 'nothing', 'DESC', 'x'.repeat(10_000), ...hostile],
  string: ['', ' ', 'x', 'x'.repeat(10_000), '((((('],
}

// A text is taken, and asks the store: each gets four of the hostile ones, the next text the next four.
let turn = 0
const four = () => Array.from({ length: 4 }, () => hostile[turn++ % hostile.length])
const valuesOf = kind => kind === 'string' ? [...values.string, ...four()] : values[kind]

const address = process.argv[2]
await report(async check => {
  const { operations, validator } = await open(address)
  const refuses = async (operation, parameters, name, mayAnswer) => {
    const where = `${operation.method} ${operation.path} with ${JSON.stringify(parameters).slice(0, 200)}`
    const answer = await send(address, operation, [...needed(operation, parameters), ...parameters], false)
    const body = await read(answer)
    if (mayAnswer && [200, 404].includes(answer.status)) return check(true)
    check(answer.status >= 400 && answer.status < 500, `${where} is ${answer.status}: ${body.slice(0, 300)}`)
    const content = operation.responses[answer.status]?.content[mediaType(answer)]
    if (content === undefined) return check(false, `${where} is ${answer.status} ${mediaType(answer)}, which is not documented`)
    const error = content.schema ? JSON.parse(body) : { detail: body }
    const validate = content.schema ? validator(content.schema) : () => true
    check(validate(error), `${where}: ${JSON.stringify(validate.errors)}`)
    const said = error.parameter ?? error.detail ?? error.message ?? error.error?.message ?? error.error
    // What is taken may need more: a namespace that this store does not have, or a body.
    const mayNeedMore = mayAnswer || operation.path.includes('/networkSecurity/')
    if (said === undefined) return check(false, `${where} says nothing: ${body.slice(0, 300)}`)
    check(said.includes(name) || (mayNeedMore && /namespace|documents|body/.test(said)), `${where} does not name ${name}: ${body.slice(0, 300)}`)
  }

  for (const operation of operations) {
    for (const { name, in: place, schema } of operation.parameters) {
      const kind = schema.enum ? 'enum' : schema.type
      if (place === 'path') {
        for (const value of valuesOf(kind).filter(value => value && !value.startsWith('.'))) {
          const answer = await send(address, operation, [[name, value]])
          check(answer.status < 500, `${operation.path} with ${JSON.stringify(value).slice(0, 200)} is ${answer.status}`)
        }
        continue
      }
      // The broker clamps its limit instead of refusing.
      const clamps = operation['x-ignores-other-parameters'] === true
      // Clients of these families send parameters without a value: they count as left out.
      const leavesOut = /\/network(Topology|Security)\/|\/v1\/audits|\/activityAudit\/|\/secureEvents/.test(operation.path)
      for (const value of valuesOf(kind)) {
        await refuses(operation, [[name, value]], name, kind === 'string' || (clamps && value === '-1') || (leavesOut && value === ''))
      }
      if (kind === 'integer' && !clamps) for (const value of [schema.minimum - 1, schema.maximum + 1]) await refuses(operation, [[name, `${value}`]], name)
      await refuses(operation, [[name, 'now'], [name, 'now']], name)
    }
    if (operation['x-ignores-other-parameters']) continue
    await refuses(operation, [['no_such_parameter', '1']], 'no_such_parameter')
    // The parameters that the answer lists are those of the document.
    const answer = await (await send(address, operation, [['no_such_parameter', '1']], false)).json()
    const listed = answer.allowed ?? /(?:this route takes|Allowed:) (.*?)\.?$/.exec(answer.message ?? answer.error.message ?? answer.error)?.[1]
    const documented = operation.parameters.filter(parameter => parameter.in === 'query').map(parameter => parameter.name).join(', ') || 'none'
    check(listed === documented, `${operation.method} ${operation.path} takes ${listed}, documented are ${documented}`)
  }
})
