// node environments.js CHART: the chart in the clusters that people have: of IPv6 alone, OpenShift, as a part of another chart, with Secrets of theirs,
// and with wishes for where pods run and what they have. Each is rendered by Helm, and each object is one that Kubernetes takes.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { parseAllDocuments, stringify } from 'yaml'
import { report } from './api.js'
import { helm, refusal } from './helm.js'
import { problems } from './kubernetes.js'

const chart = process.argv[2]
const folder = mkdtempSync(join(tmpdir(), 'kguardian-environments-'))
let files = 0

/** Every kind of pod that the chart has. */
const everything = { clickhouse: { endpoints: ['http://clickhouse:8123'] }, split: { enabled: true }, router: { enabled: true, broker: 'http://broker.example:9090' } }
const workloads = objects => objects.filter(object => object.spec?.template)
const pods = objects => workloads(objects).map(object => object.spec.template.spec)
const containers = objects => pods(objects).flatMap(pod => pod.containers)
const servers = objects => containers(objects).filter(container => container.name === 'kguardian-analytics')
const valuesOf = container => Object.fromEntries(container.env.map(({ name, value }) => [name, value]))
const listens = objects => objects.flatMap(object => [...(object.data?.['nginx.conf'] ?? '').matchAll(/^ *listen (.*);$/gm)].map(match => match[1]))

/** What Helm makes of values. */
function render(values, { of = chart, apis = [] } = {}) {
  const file = join(folder, `values-${files++}.yaml`)
  writeFileSync(file, stringify(values))
  const said = helm('template', 'test', of, '--namespace', 'kguardian', '--kube-version', '1.33.0', '--values', file, ...apis.flatMap(api => ['--api-versions', api]))
  return parseAllDocuments(said, { uniqueKeys: true }).map(document => {
    if (document.errors.length) throw new Error(`${JSON.stringify(values)}: ${document.errors}`)
    return document.toJS()
  }).filter(Boolean)
}

async function ofIPv6(check) {
  const objects = render({ ...everything, service: { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'] } })
  for (const server of servers(objects)) check(valuesOf(server).LISTEN_ADDR === '[::]:9090', `a server listens on ${valuesOf(server).LISTEN_ADDR}`)
  check(isDeepStrictEqual(listens(objects), ['[::]:9090 ipv6only=off']), `the router listens on ${listens(objects)}`)
  const services = objects.filter(object => object.kind === 'Service')
  check(services.length === 4, `${services.length} Services`)
  for (const { metadata, spec } of services) check(spec.ipFamilyPolicy === 'SingleStack' && isDeepStrictEqual(spec.ipFamilies, ['IPv6']), `${metadata.name} is of ${spec.ipFamilies}`)

  const first = render({ ...everything, listenAddress: '0.0.0.0' })
  for (const server of servers(first)) check(valuesOf(server).LISTEN_ADDR === '0.0.0.0:9090', `a server listens on ${valuesOf(server).LISTEN_ADDR}`)
  check(isDeepStrictEqual(listens(first), ['0.0.0.0:9090']), `the router listens on ${listens(first)}`)
  for (const { metadata, spec } of first.filter(object => object.kind === 'Service')) check(!('ipFamilies' in spec) && !('ipFamilyPolicy' in spec), `${metadata.name} says what the cluster decides`)
  return objects
}

/** What its constraint restricted-v2 admits. */
function checkRestricted(check, objects) {
  const admitted = ['configMap', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret']
  check(workloads(objects).length === 3, `${workloads(objects).length} workloads`)
  for (const pod of pods(objects)) {
    const { runAsUser, runAsGroup, fsGroup, runAsNonRoot, seccompProfile } = pod.securityContext
    check([runAsUser, runAsGroup, fsGroup].every(id => id === undefined), `a pod wants the user ${runAsUser}, the groups ${runAsGroup}, ${fsGroup}`)
    check(runAsNonRoot === true && seccompProfile.type === 'RuntimeDefault', `a pod has ${JSON.stringify(pod.securityContext)}`)
    check(!pod.hostNetwork && !pod.hostPID && !pod.hostIPC, 'a pod wants to be the host')
    for (const { name, ...volume } of pod.volumes) check(Object.keys(volume).every(kind => admitted.includes(kind)), `volume ${name} is ${Object.keys(volume)}`)
  }
  for (const { name, ports, securityContext } of containers(objects)) {
    check(isDeepStrictEqual(securityContext, { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, privileged: false, capabilities: { drop: ['ALL'] } }),
      `${name} has ${JSON.stringify(securityContext)}`)
    check(ports.every(port => port.containerPort > 1023 && !port.hostPort), `${name} has a port of root's`)
  }
}

/** The ports by which the pods find names. */
const portsOfNames = objects => objects.filter(({ kind }) => kind === 'NetworkPolicy').map(({ spec }) => spec.egress[0].ports.map(({ port, protocol }) => `${port}/${protocol}`).join())

async function ofOpenShift(check) {
  const asked = render({ ...everything, openshift: true, networkPolicy: { enabled: true } })
  checkRestricted(check, asked)
  check(isDeepStrictEqual(portsOfNames(asked), Array(3).fill('53/UDP,53/TCP,5353/UDP,5353/TCP')), `names are found by ${portsOfNames(asked)}`)
  check(isDeepStrictEqual(portsOfNames(render({ ...everything, networkPolicy: { enabled: true } })), Array(3).fill('53/UDP,53/TCP')), 'policies elsewhere are wider')
  checkRestricted(check, render(everything, { apis: ['security.openshift.io/v1'] }))
  checkRestricted(check, render({ ...everything, podSecurityContext: { runAsUser: null, runAsGroup: null, fsGroup: null }, router: { ...everything.router, podSecurityContext: null } }))
  const users = objects => pods(objects).map(({ securityContext }) => [securityContext.runAsUser, securityContext.runAsGroup, securityContext.fsGroup])
  const usual = [[101, 101, 1654], [1654, 1654, 1654], [1654, 1654, 1654]]
  check(isDeepStrictEqual(users(render(everything)).sort(), usual), `${users(render(everything))} elsewhere`)
  check(isDeepStrictEqual(users(render({ ...everything, openshift: false }, { apis: ['security.openshift.io/v1'] })).sort(), usual), 'openshift: false is not heeded')
  const own = render({ ...everything, podSecurityContext: { runAsUser: 20001, supplementalGroups: [7] }, query: { podSecurityContext: { runAsUser: 20002 } }, router: { ...everything.router, containerSecurityContext: { runAsUser: 20003 } } })
  const users2 = Object.fromEntries(workloads(own).map(object => [object.metadata.name, object.spec.template.spec.securityContext.runAsUser]))
  check(isDeepStrictEqual(users2, { 'test-kguardian-analytics': 20001, 'test-kguardian-analytics-query': 20002, 'test-kguardian-analytics-router': 101 }), JSON.stringify(users2))
  check(containers(own).find(({ name }) => name === 'nginx').securityContext.runAsUser === 20003, 'the router\'s container has another user')
  check(pods(own).every(pod => isDeepStrictEqual(pod.securityContext.supplementalGroups, [7])), 'a workload has its own contexts only')
  return asked
}

/** As a dependency: Helm hands on what stands below its name, the global values, and the condition. */
async function ofUmbrella(check) {
  const umbrella = join(folder, 'umbrella')
  mkdirSync(join(umbrella, 'charts'), { recursive: true })
  cpSync(chart, join(umbrella, 'charts/kguardian-analytics'), { recursive: true, dereference: true })
  writeFileSync(join(umbrella, 'Chart.yaml'), stringify({
    apiVersion: 'v2', name: 'umbrella', version: '1.2.3',
    dependencies: ['kguardian-analytics', 'flows'].map(name => ({ name: 'kguardian-analytics', version: '0.1.0', repository: '', condition: `${name}.enabled`, alias: name })),
  }))
  const values = { global: { imageRegistry: 'registry.example.com', storageClass: 'fast' }, 'kguardian-analytics': { enabled: true, ...everything }, flows: { enabled: true, server: { persistence: { size: '5Gi' } } } }
  const both = render(values, { of: umbrella })
  check(isDeepStrictEqual(workloads(both).map(object => object.metadata.name).sort(), ['test-flows', 'test-kguardian-analytics', 'test-kguardian-analytics-query', 'test-kguardian-analytics-router']),
    `${workloads(both).map(object => object.metadata.name)}`)
  const selectors = workloads(both).map(object => JSON.stringify(object.spec.selector))
  check(new Set(selectors).size === 4, 'two workloads have the same pods')
  check(render({ ...values, 'kguardian-analytics': { enabled: false }, flows: { enabled: false } }, { of: umbrella }).length === 0, 'it cannot be switched off')
  const said = refusal('template', 'test', umbrella, '--set', 'kguardian-analytics.enabld=true')
  check(said?.includes('enabld'), `a misspelt value ${said === undefined ? 'is rendered' : `says ${said}`}`)
  return both
}

/** Nothing secret is the chart's to know: each is a key of a Secret that is there. */
async function ofSecrets(check) {
  const objects = render({
    ...everything,
    auth: {
      existingSecret: 'tokens', keys: { all: 'broker', ingest: 'in', read: 'out', admin: 'root' },
      oidc: { authority: 'https://idp.example/', audience: 'kguardian', tls: { existingSecret: 'idp.kguardian', caKey: 'root.pem' } },
    },
    clickhouse: { ...everything.clickhouse, user: 'not-used', existingSecret: 'clickhouse.kguardian', userKey: 'login', passwordKey: 'secret', tls: { existingSecret: 'clickhouse-tls', caKey: 'ca.crt', certKey: 'tls.crt', keyKey: 'tls.key' } },
    secretSettings: {
      'Node:GrafanaPassword': { secret: 'grafana.kguardian', key: 'password' }, 'Node:ReadOnlyPassword': { secret: 'grafana.kguardian', key: 'by-hand' },
      'Storage:ColdS3AccessKey': { secret: 'a'.repeat(250), key: 'id' }, 'Storage:ColdS3SecretKey': { secret: 'a'.repeat(250), key: 'key' },
    },
    imagePullSecrets: [{ name: 'registry' }],
  })
  const expected = {
    BROKER_AUTH_TOKEN_FILE: 'tokens/broker', KGUARDIAN_AUTH__INGESTTOKENFILE: 'tokens/in', KGUARDIAN_AUTH__READTOKENFILE: 'tokens/out', KGUARDIAN_AUTH__ADMINTOKENFILE: 'tokens/root',
    KGUARDIAN_AUTH__OIDCCAFILE: 'idp.kguardian/root.pem',
    KGUARDIAN_CLICKHOUSE_USER_FILE: 'clickhouse.kguardian/login', KGUARDIAN_CLICKHOUSE_PASSWORD_FILE: 'clickhouse.kguardian/secret',
    KGUARDIAN_CLICKHOUSE__CAFILE: 'clickhouse-tls/ca.crt', KGUARDIAN_CLICKHOUSE__CLIENTCERTIFICATEFILE: 'clickhouse-tls/tls.crt', KGUARDIAN_CLICKHOUSE__CLIENTKEYFILE: 'clickhouse-tls/tls.key',
    KGUARDIAN_NODE__GRAFANAPASSWORDFILE: 'grafana.kguardian/password', KGUARDIAN_NODE__READONLYPASSWORDFILE: 'grafana.kguardian/by-hand',
    KGUARDIAN_STORAGE__COLDS3ACCESSKEYFILE: `${'a'.repeat(250)}/id`, KGUARDIAN_STORAGE__COLDS3SECRETKEYFILE: `${'a'.repeat(250)}/key`,
  }
  for (const pod of pods(objects).filter(pod => pod.containers[0].name === 'kguardian-analytics')) {
    const [container] = pod.containers
    const environment = valuesOf(container)
    for (const [variable, place] of Object.entries(expected)) {
      const mount = container.volumeMounts.find(({ mountPath }) => environment[variable]?.startsWith(`${mountPath}/`))
      const secret = pod.volumes.find(({ name }) => name === mount?.name)?.secret?.secretName
      check(mount?.readOnly === true && `${secret}/${environment[variable].slice(mount.mountPath.length + 1)}` === place, `${variable} is ${environment[variable]} of ${secret}, not ${place}`)
    }
    check(environment.KGUARDIAN_CLICKHOUSE_USER === undefined, 'the user is there twice')
  }
  check(pods(objects).every(pod => isDeepStrictEqual(pod.imagePullSecrets, [{ name: 'registry' }])), 'a pod\'s image cannot be pulled')
  return objects
}

/** What each workload has of its own, as it was given. */
async function ofPlaces(check) {
  const given = {
    podAnnotations: { 'example.com/a': 'b' }, podLabels: { team: 'x' }, nodeSelector: { disk: 'ssd' }, tolerations: [{ key: 'dedicated', operator: 'Exists', effect: 'NoSchedule' }],
    affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { team: 'x' } } } }] } },
    topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: { team: 'x' } } }],
    priorityClassName: 'system-cluster-critical', resources: { requests: { cpu: '7m', memory: '77Mi' }, limits: { memory: '777Mi' } },
    extraEnv: [{ name: 'HTTPS_PROXY', value: 'http://proxy:3128' }, { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
    extraEnvFrom: [{ secretRef: { name: 'more', optional: true } }], extraVolumes: [{ name: 'authorities', configMap: { name: 'authorities' } }],
    extraVolumeMounts: [{ name: 'authorities', mountPath: '/etc/ssl/certs', readOnly: true }],
  }
  const objects = render({ ...everything, server: given, query: given, router: { ...everything.router, ...given }, serviceAccount: { create: false, name: 'theirs' }, imagePullSecrets: [{ name: 'registry' }] })
  check(workloads(objects).length === 3, `${workloads(objects).length} workloads`)
  for (const { metadata: { name }, spec: { template } } of workloads(objects)) {
    const [container] = template.spec.containers
    for (const field of ['nodeSelector', 'tolerations', 'affinity', 'topologySpreadConstraints', 'priorityClassName']) {
      check(isDeepStrictEqual(template.spec[field], given[field]), `${name}: ${field} is ${JSON.stringify(template.spec[field])}`)
    }
    check(template.metadata.annotations['example.com/a'] === 'b' && template.metadata.labels.team === 'x', `${name}: ${JSON.stringify(template.metadata)}`)
    check(template.spec.serviceAccountName === 'theirs' && isDeepStrictEqual(template.spec.imagePullSecrets, [{ name: 'registry' }]), `${name} is not of the account or the registry`)
    check(isDeepStrictEqual(container.resources, given.resources) && isDeepStrictEqual(container.envFrom, given.extraEnvFrom), `${name}: ${JSON.stringify(container)}`)
    check(isDeepStrictEqual(container.env.slice(-2), given.extraEnv), `${name}: ${JSON.stringify(container.env)}`)
    check(isDeepStrictEqual(container.volumeMounts.at(-1), given.extraVolumeMounts[0]) && isDeepStrictEqual(template.spec.volumes.at(-1), given.extraVolumes[0]), `${name} lacks the volume`)
  }
  check(workloads(objects).find(({ metadata }) => metadata.name.endsWith('-router')).spec.template.metadata.annotations['checksum/configuration'].length === 64, 'the router keeps an old configuration')
  check(!objects.some(({ kind }) => kind === 'ServiceAccount'), 'an account is made')
  return objects
}

try {
  await report(async check => {
    for (const environment of [ofIPv6, ofOpenShift, ofUmbrella, ofSecrets, ofPlaces]) {
      for (const object of await environment(check)) {
        for (const problem of await problems(object)) check(false, `${environment.name}: ${object.kind}/${object.metadata.name}: ${problem}`)
      }
    }
    for (const [set, word] of [['listenAddress=localhost', 'listenAddress'], ['openshift=maybe', 'openshift'], ['service.ipFamilies={IPv5}', 'ipFamilies'], ['router.resolver=a;b', 'resolver'],
      ['clickhouse.endpoints={http://[::1:8123}', 'endpoints'], ['clickhouse.endpoints={http://a@[::1]:8123}', 'endpoints']]) {
      const said = refusal('template', 'test', chart, '--set', set)
      check(said?.includes(word), `${set} ${said === undefined ? 'is rendered' : `says ${said}`}`)
    }
  })
} finally {
  rmSync(folder, { recursive: true })
}
