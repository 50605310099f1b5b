// node router.js CHART: the chart's nginx, with its rendered configuration and as a user that nobody knows, sends each request to the one it is for.
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseAllDocuments } from 'yaml'
import { report } from './api.js'
import { helm } from './helm.js'

const chart = process.argv[2]
/** As OpenShift gives one; who is not root cannot be another. */
const user = process.getuid() === 0 ? { uid: 1000660000, gid: 0 } : {}
const listening = async server => {
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return server.address().port
}

/** A backend that says who it is and what it got. */
const backends = Object.fromEntries(['server', 'reader', 'broker'].map(name => [name, createServer({ maxHeaderSize: 1 << 20 }, async (request, answer) => {
  let body = ''
  for await (const piece of request) body += piece
  answer.end(JSON.stringify({ name, method: request.method, url: request.url, bytes: body.length, token: request.headers.authorization,
    host: request.headers.host, clients: request.headers['x-forwarded-for'], scheme: request.headers['x-forwarded-proto'] }))
})]))

/** A name server that knows one name, from when it is told. */
const names = createSocket('udp4').on('message', (question, { port, address }) => {
  const answer = Buffer.from(question)
  // A = 1, and AAAA = 28, of which there is none.
  const isKnown = names.known && question.readUInt16BE(question.length - 4) === 1
  answer.writeUInt16BE(names.known ? 0x8180 : 0x8183, 2)
  answer.writeUInt16BE(isKnown ? 1 : 0, 6)
  // The name of the question, of the class IN, for a second, 127.0.0.1.
  names.send(isKnown ? Buffer.concat([answer, Buffer.from('c00c00010001000000010004' + '7f000001', 'hex')]) : answer, port, address)
})

/** Over a socket in a folder: there nobody else takes its address. */
const sendTo = (socketPath, method, path, body, headers = {}) => new Promise((resolve, reject) => {
  const sent = request({ socketPath, method, path, headers: { Authorization: 'Bearer t', Host: 'router:9090', ...headers }, timeout: 60_000 }, async answer => {
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

/** Runs the router with values of the chart; use gets a function that sends. */
async function routed(check, set, use) {
  const values = { 'router.enabled': true, 'split.enabled': true, 'clickhouse.endpoints': '{http://clickhouse:8123}', ...set }
  const sets = Object.entries(values).flatMap(([name, value]) => ['--set', `${name}=${value}`])
  const map = parseAllDocuments(helm('template', 'test', chart, '--namespace', 'kguardian', ...sets)).map(document => document.toJS()).find(object => object?.kind === 'ConfigMap')
  const folder = mkdtempSync(join(tmpdir(), 'kguardian-router-'))
  // As an emptyDir: everybody's.
  chmodSync(folder, 0o777)
  const configuration = map.data['nginx.conf']
    .replace('server test-kguardian-analytics.kguardian.svc:9090', `server 127.0.0.1:${backends.server.address().port}`)
    .replace('server test-kguardian-analytics-query.kguardian.svc:9090', `server 127.0.0.1:${backends.reader.address().port}`)
    .replace('http://broker.example:9090', `http://127.0.0.1:${backends.broker.address().port}`)
    .replace('http://broker.later:9090', `http://broker.later:${backends.broker.address().port}`).replace('resolver dns.example', `resolver 127.0.0.1:${names.address().port}`)
    .replaceAll('/tmp/', `${folder}/`).replace(/listen .*;/, `listen unix:${folder}/nginx.sock;`)
  check(!configuration.includes('.svc'), `an address is left in ${configuration}`)
  writeFileSync(join(folder, 'nginx.conf'), configuration)
  const nginx = spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-e', 'stderr', '-g', 'daemon off;'], { stdio: ['ignore', 'ignore', 'pipe'], ...user })
  let errors = ''
  nginx.stderr.on('data', piece => errors += piece)
  const ended = new Promise(resolve => nginx.on('exit', resolve))
  try {
    await use(async (method, path, body, headers) => {
      for (let tries = 0; ; tries++) {
        try {
          return await sendTo(join(folder, 'nginx.sock'), method, path, body, headers)
        } catch (error) {
          // It may not listen yet.
          if (!['ENOENT', 'ECONNREFUSED'].includes(error.code) || tries === 600 || nginx.exitCode !== null) throw new Error(`${error}: ${errors}`)
          await setTimeout(100)
        }
      }
    })
  } finally {
    nginx.kill('SIGQUIT')
    await ended
    rmSync(folder, { recursive: true })
  }
  check(!/permission denied|\[(emerg|alert|crit)\]/i.test(errors), errors)
}

/** Each request comes whole to the backend that it is for, or is 404. */
const reaches = (check, expected) => async send => {
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
}

/** What the server hears of who asked: those before the router as they said, then who came to the router. */
const forwards = check => async send => {
  for (const path of ['/pod/traffic', '/other']) {
    const plain = JSON.parse((await send('GET', path)).text)
    check(plain.clients === 'unix:' && plain.scheme === 'http' && plain.host === 'router:9090', `${path}: ${JSON.stringify(plain)}`)
    const behind = JSON.parse((await send('GET', path, undefined, { 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': 'https', Host: 'flows.example.com' })).text)
    check(behind.clients === '203.0.113.7, unix:' && behind.scheme === 'https' && behind.host === 'flows.example.com', `${path}: ${JSON.stringify(behind)}`)
  }
}

/** The rendered "listen" itself, at a port of the system's: answers both protocols. */
async function answersBoth(check) {
  const objects = parseAllDocuments(helm('template', 'test', chart, '--set', 'router.enabled=true')).map(document => document.toJS())
  const listen = objects.find(object => object?.data?.['nginx.conf']).data['nginx.conf'].match(/listen .*;/)[0]
  const folder = mkdtempSync(join(tmpdir(), 'kguardian-router-'))
  chmodSync(folder, 0o777)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${folder}/${name};`).join(' ')
  try {
    for (let tries = 0; ; tries++) {
      // Below those that the system gives to others.
      const port = 20_000 + Math.floor(Math.random() * 10_000)
      writeFileSync(join(folder, 'nginx.conf'), `pid ${folder}/pid; events {} http { access_log off; ${temporary} server { ${listen.replace('9090', port)} return 204; } }`)
      const nginx = spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-e', 'stderr', '-g', 'daemon off;'], { stdio: 'ignore', ...user })
      const ended = new Promise(resolve => nginx.on('exit', resolve))
      try {
        const addresses = ['127.0.0.1', ...Object.values(networkInterfaces()).flat().some(({ address }) => address === '::1') ? ['[::1]'] : []]
        for (const address of addresses) {
          for (let waits = 0; ; waits++) {
            try {
              check((await fetch(`http://${address}:${port}/`)).status === 204, `${address} is not answered`)
              break
            } catch (error) {
              if (nginx.exitCode !== null || waits === 600) throw error
              await setTimeout(50)
            }
          }
        }
        return
      } catch (error) {
        // Another program may have the port.
        if (tries === 4) throw error
      } finally {
        nginx.kill('SIGQUIT')
        await ended
      }
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** With a resolver the router serves flows before there is a broker, and finds it when it comes. */
const findsLater = check => async send => {
  check((await send('GET', '/other/node-1')).status === 502, 'a broker that is not there answers')
  check(JSON.parse((await send('GET', '/pod/traffic')).text).name === 'reader', 'flows wait for the broker')
  names.known = true
  let found
  // That there was none is remembered for a while.
  for (let tries = 0; tries < 300 && found === undefined; tries++) {
    const answer = await send('GET', '/other/node-1?a=b%20c')
    if (answer.status === 200) found = JSON.parse(answer.text)
    else await setTimeout(100)
  }
  check(found?.name === 'broker' && found.url === '/other/node-1?a=b%20c', `the broker got ${JSON.stringify(found)}`)
}

await Promise.all([...Object.values(backends).map(listening), new Promise(resolve => names.bind(0, '127.0.0.1', resolve))])
try {
  await report(async check => {
    const ours = [
      ['POST', '/pod/traffic/batch', 'server'], ['POST', '/pod/traffic', 'server'], ['GET', '/pod/traffic', 'reader'], ['GET', '/pod/traffic?limit=3', 'reader'],
      ['GET', '/pod/traffic/shop-0?namespace=a%20b', 'reader'], ['GET', `/api/v1/flows?filter=${'a'.repeat(100_000)}`, 'reader'], ['PUT', '/api/v1/flow-reports/retention', 'server'],
      ['DELETE', '/api/v1/flow-reports', 'server'], ['POST', '/api/v1/admin/backups', 'server'], ['GET', '/api/v1/admin/backups', 'server'], ['GET', '/openapi/v1.json', 'reader'],
    ]
    const withBroker = { 'router.broker': 'http://broker.example:9090' }
    ours.push(['POST', '/pod/spec', 'server'], ['POST', '/pod/mark_dead', 'server'], ['POST', '/pod/syscalls', 'server'], ['POST', '/svc/spec', 'server'], ['POST', '/node/facts', 'server'],
      ['GET', '/pod/info', 'reader'], ['GET', '/pod/list/node-1', 'reader'], ['GET', '/pod/ip/fd00%3A%3A1', 'reader'], ['GET', '/svc/info', 'reader'],
      ['GET', '/audit/verdicts?limit=3', 'reader'], ['GET', '/health', 'server'], ['GET', '/version', 'reader'], ['GET', '/', 'reader'], ['GET', '/console/flows?from=-1h', 'reader'],
      ['POST', '/api/v1/flows', 'server'], ['PUT', '/api/v1/views', 'server'], ['GET', '/api/v1/views', 'reader'], ['GET', '/v1/audits', 'reader'],
      ['POST', '/api/v1/policies/replay?from=-7d', 'reader'], ['POST', '/api/v1/networkSecurity/namespaces/shop/simulatedPolicies', 'reader'],
      ['POST', '/api/reporting/v1/flows/connections/preview', 'reader'], ['PATCH', '/api/v1/eventsForwarding/integrations/1', 'server'])
    await routed(check, withBroker, reaches(check, [...ours, ['POST', '/other', 'broker'], ['GET', '/other/a%20b?c=d', 'broker']]))
    await routed(check, {}, reaches(check, [...ours, ['POST', '/other', 404], ['GET', '/other', 404]]))
    await routed(check, withBroker, forwards(check))
    await routed(check, { 'router.broker': 'http://broker.later:9090', 'router.resolver': 'dns.example' }, findsLater(check))
    await answersBoth(check)
  })
} finally {
  for (const backend of Object.values(backends)) backend.close()
  names.close()
}
