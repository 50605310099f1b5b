// node router.js CHART: the chart's nginx, with its rendered configuration, sends each request to the one it is for.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseAllDocuments } from 'yaml'
import { report } from './api.js'
import { helm } from './helm.js'

const chart = process.argv[2]
const listening = async server => {
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return server.address().port
}

/** A backend that says who it is and what it got. */
const backends = Object.fromEntries(['server', 'reader', 'broker'].map(name => [name, createServer({ maxHeaderSize: 1 << 20 }, async (request, answer) => {
  let body = ''
  for await (const piece of request) body += piece
  answer.end(JSON.stringify({ name, method: request.method, url: request.url, bytes: body.length, token: request.headers.authorization }))
})]))

/** Over a socket in a folder: there nobody else takes its address. */
const sendTo = (socketPath, method, path, body) => new Promise((resolve, reject) => {
  const sent = request({ socketPath, method, path, headers: { Authorization: 'Bearer t', Host: 'router' }, timeout: 60_000 }, async answer => {
    let text = ''
    try {
      for await (const piece of answer) text += piece
      resolve({ status: answer.statusCode, text })
    } catch (error) {
      reject(error)
    }
  })
  sent.on('error', reject).on('timeout', () => sent.destroy(new Error(`no answer to ${method} ${path}`)))
  sent.end(body)
})

async function routed(check, broker, expected) {
  const values = { 'router.enabled': true, 'split.enabled': true, 'clickhouse.endpoints': '{http://clickhouse:8123}', 'router.broker': broker ? 'http://broker.example:9090' : '' }
  const sets = Object.entries(values).flatMap(([name, value]) => ['--set', `${name}=${value}`])
  const map = parseAllDocuments(helm('template', 'test', chart, '--namespace', 'kguardian', ...sets)).map(document => document.toJS()).find(object => object?.kind === 'ConfigMap')
  const folder = mkdtempSync(join(tmpdir(), 'kguardian-router-'))
  const configuration = map.data['nginx.conf']
    .replace('server test-kguardian-analytics.kguardian.svc:9090', `server 127.0.0.1:${backends.server.address().port}`)
    .replace('server test-kguardian-analytics-query.kguardian.svc:9090', `server 127.0.0.1:${backends.reader.address().port}`)
    .replace('http://broker.example:9090', `http://127.0.0.1:${backends.broker.address().port}`)
    .replaceAll('/tmp/', `${folder}/`).replace('listen 9090', `listen unix:${folder}/nginx.sock`)
  check(!configuration.includes('.svc'), `an address is left in ${configuration}`)
  writeFileSync(join(folder, 'nginx.conf'), configuration)
  const nginx = spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-e', 'stderr', '-g', 'daemon off;'], { stdio: ['ignore', 'ignore', 'pipe'] })
  let errors = ''
  nginx.stderr.on('data', piece => errors += piece)
  const ended = new Promise(resolve => nginx.on('exit', resolve))
  try {
    const send = async (method, path, body) => {
      for (let tries = 0; ; tries++) {
        try {
          return await sendTo(join(folder, 'nginx.sock'), method, path, body)
        } catch (error) {
          // It may not listen yet.
          if (!['ENOENT', 'ECONNREFUSED'].includes(error.code) || tries === 600 || nginx.exitCode !== null) throw new Error(`${error}: ${errors}`)
          await setTimeout(100)
        }
      }
    }
    for (const [method, path, backend] of expected) {
      const body = method === 'POST' && backend !== 404 ? 'x'.repeat(3 << 20) : undefined
      const answer = await send(method, path, body)
      if (backend === 404) {
        check(answer.status === 404, `${method} ${path} is ${answer.status}`)
        continue
      }
      const got = JSON.parse(answer.text)
      check(got.name === backend && got.method === method && got.url === path && got.bytes === (body?.length ?? 0) && got.token === 'Bearer t',
        `${method} ${path} came to ${JSON.stringify(got)}, not ${backend}`)
    }
  } finally {
    nginx.kill('SIGQUIT')
    await ended
    rmSync(folder, { recursive: true })
  }
}

await Promise.all(Object.values(backends).map(listening))
try {
  await report(async check => {
    const ours = [
      ['POST', '/pod/traffic/batch', 'server'], ['POST', '/pod/traffic', 'server'], ['GET', '/pod/traffic', 'reader'], ['GET', '/pod/traffic?limit=3', 'reader'],
      ['GET', '/pod/traffic/shop-0?namespace=a%20b', 'reader'], ['GET', `/api/v1/flows?filter=${'a'.repeat(100_000)}`, 'reader'], ['PUT', '/api/v1/flow-reports/retention', 'server'],
      ['DELETE', '/api/v1/flow-reports', 'server'], ['POST', '/api/v1/admin/backups', 'server'], ['GET', '/api/v1/admin/backups', 'server'], ['GET', '/openapi/v1.json', 'reader'],
    ]
    await routed(check, true, [...ours, ['POST', '/pod/spec', 'broker'], ['POST', '/pod/mark_dead', 'broker'], ['GET', '/pod/list/node-1', 'broker'], ['GET', '/svc/info', 'broker'],
      ['GET', '/health', 'broker'], ['GET', '/pod/trafficking', 'broker']])
    await routed(check, false, [...ours, ['POST', '/pod/spec', 404], ['GET', '/health', 'server'], ['GET', '/version', 'reader']])
  })
} finally {
  for (const backend of Object.values(backends)) backend.close()
}
