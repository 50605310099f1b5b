// node chart.js CHART: renders the chart with each set of values in its ci folder, and checks what comes out as a cluster would use it.
// Ends with a line of JSON: the servers' environments, and the paths that are probed.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { report } from './api.js'
import { helm, refusal } from './helm.js'
import { problems } from './kubernetes.js'

const chart = process.argv[2]
const release = ['--namespace', 'kguardian', '--kube-version', '1.33.0']
const valueFiles = [...readdirSync(join(chart, 'ci')).map(name => join('ci', name)), 'values-kguardian.yaml']
const servers = []
const paths = new Set()

const selects = (selector, labels) =>
  Object.entries(selector?.matchLabels ?? {}).every(([name, value]) => labels?.[name] === value)
  && (selector?.matchExpressions ?? []).every(({ key, operator, values }) => operator === 'In' && values.includes(labels?.[key]))

async function checkObjects(check, where, objects) {
  const of = (...kinds) => objects.filter(object => kinds.includes(object.kind))
  const named = (kind, name) => of(kind).find(object => object.metadata.name === name)
  const workloads = of('StatefulSet', 'Deployment')
  const behind = selector => workloads.filter(workload => selects(selector, workload.spec.template.metadata.labels))
  check(workloads.length > 0, `${where}: no pods`)
  check(new Set(objects.map(object => `${object.kind}/${object.metadata.name}`)).size === objects.length, `${where}: two objects of one name`)

  for (const object of objects) {
    const name = `${where}: ${object.kind}/${object.metadata.name}`
    for (const problem of await problems(object)) check(false, `${name}: ${problem}`)
    check(object.metadata.name.length <= 63, `${name} is too long a name`)
    check(JSON.stringify(object).length < 1_000_000, `${name} is too large`)
    check(object.metadata.labels?.['app.kubernetes.io/instance'] === 'test', `${name} has no labels`)
    check(object.kind !== 'Secret', `${name}: secrets are not the chart's`)
  }

  for (const workload of workloads) {
    const name = `${where}: ${workload.kind}/${workload.metadata.name}`
    check(behind(workload.spec.selector).length === 1 && behind(workload.spec.selector)[0] === workload, `${name}: its selector is not its own pods`)
    if (workload.kind === 'StatefulSet') check(named('Service', workload.spec.serviceName)?.spec.clusterIP === 'None', `${name}: no headless Service`)
    checkPod(check, name, workload, named)
  }

  for (const service of of('Service')) {
    const name = `${where}: Service/${service.metadata.name}`
    const pods = behind({ matchLabels: service.spec.selector })
    check(pods.length === 1, `${name} has ${pods.length} workloads behind it`)
    for (const { targetPort } of service.spec.ports) {
      check(pods[0]?.spec.template.spec.containers.some(container => container.ports?.some(port => port.name === targetPort)), `${name}: no port ${targetPort}`)
    }
  }

  for (const object of of('PodDisruptionBudget', 'NetworkPolicy')) {
    check(behind(object.spec.selector ?? object.spec.podSelector).length === 1, `${where}: ${object.kind}/${object.metadata.name} is not of one workload`)
  }
  // Whom a server is told to ask it may reach.
  for (const policy of of('NetworkPolicy').filter(policy => policy.metadata.name.endsWith('-server'))) {
    const ports = policy.spec.egress.flatMap(rule => rule.ports ?? []).map(({ port }) => port)
    for (const { name, value } of behind(policy.spec.podSelector)[0].spec.template.spec.containers[0].env) {
      if (/__(BROKERURL|EVALUATORURL)$/.test(name)) check(ports.includes(Number(new URL(value).port)), `${where}: ${name} = ${value} is not let through`)
    }
  }
  for (const policy of of('NetworkPolicy')) check(policy.spec.policyTypes.length === 2, `${where}: ${policy.metadata.name} is of one direction`)
  for (const scaler of of('HorizontalPodAutoscaler')) {
    const { kind, name } = scaler.spec.scaleTargetRef
    check(named(kind, name) !== undefined && named(kind, name).spec.replicas === undefined, `${where}: ${scaler.metadata.name} scales nothing, or what has replicas`)
  }
  for (const monitor of of('ServiceMonitor')) {
    const services = of('Service').filter(service => selects(monitor.spec.selector, service.metadata.labels))
    check(services.length === workloads.filter(workload => !workload.metadata.name.endsWith('-router')).length, `${where}: the monitor sees ${services.length} services`)
    for (const { port, path } of monitor.spec.endpoints) {
      paths.add(path)
      check(services.every(service => service.spec.ports.some(({ name }) => name === port)), `${where}: the monitor's port ${port}`)
    }
  }
  for (const rule of of('PrometheusRule')) {
    const alerts = rule.spec.groups.flatMap(group => group.rules)
    check(alerts.length > 10 && alerts.every(alert => alert.annotations.runbook), `${where}: ${alerts.length} alerts`)
    check(alerts.some(alert => alert.annotations.summary.includes('{{ $labels.instance }}')), `${where}: Helm filled Prometheus' own templates in`)
  }
  for (const map of of('ConfigMap').filter(map => map.metadata.labels.grafana_dashboard)) {
    check(Object.values(map.data).filter(dashboard => JSON.parse(dashboard).panels.length > 0).length === 6, `${where}: not six dashboards`)
  }
  for (const ingress of of('Ingress')) {
    for (const { backend } of ingress.spec.rules.flatMap(rule => rule.http.paths)) {
      const ports = named('Service', backend.service.name)?.spec.ports ?? []
      check(ports.some(({ name }) => name === backend.service.port.name), `${where}: the ingress leads to ${backend.service.name}`)
    }
  }

  function checkPod(check, name, workload, named) {
    const pod = workload.spec.template.spec
    const volumes = [...pod.volumes, ...(workload.spec.volumeClaimTemplates ?? []).map(claim => ({ name: claim.metadata.name, claim: true }))]
    check(pod.automountServiceAccountToken === false, `${name} gets a token of Kubernetes`)
    check(named('ServiceAccount', pod.serviceAccountName) !== undefined, `${name}: no account ${pod.serviceAccountName}`)
    check(pod.securityContext.runAsNonRoot === true && pod.securityContext.runAsUser !== 0, `${name} may be root`)
    check(pod.securityContext.seccompProfile.type === 'RuntimeDefault', `${name} has no seccomp profile`)
    for (const { configMap } of volumes) if (configMap) check(named('ConfigMap', configMap.name) !== undefined, `${name}: no ConfigMap ${configMap.name}`)
    for (const container of pod.containers) {
      const mounts = container.volumeMounts
      const mountOf = path => mounts.find(({ mountPath }) => path === mountPath || path.startsWith(`${mountPath}/`))
      check(/(:v?\d+\.\d+\S*|@sha256:[0-9a-f]{64})$/.test(container.image), `${name}: ${container.image} is not one version`)
      check(container.securityContext.readOnlyRootFilesystem === true && container.securityContext.allowPrivilegeEscalation === false
        && container.securityContext.capabilities.drop.includes('ALL'), `${name} may do more than it needs`)
      check(container.resources.limits?.memory !== undefined && container.resources.requests?.cpu !== undefined, `${name} has no resources`)
      check(mounts.every(mount => volumes.some(volume => volume.name === mount.name)), `${name}: a mount without volume`)
      check(volumes.every(volume => mounts.some(mount => mount.name === volume.name)), `${name}: a volume that is not mounted`)
      for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'].map(kind => container[kind]).filter(Boolean)) {
        const target = probe.httpGet ?? probe.tcpSocket
        check(container.ports.some(port => port.name === target.port), `${name}: a probe's port ${target.port}`)
        if (probe.httpGet) paths.add(probe.httpGet.path)
      }
      if (!container.env) continue
      check(['startupProbe', 'livenessProbe', 'readinessProbe'].every(kind => container[kind]?.httpGet), `${name} lacks a probe`)
      check(new Set(container.env.map(variable => variable.name)).size === container.env.length, `${name}: a variable twice`)
      const environment = Object.fromEntries(container.env.map(variable => [variable.name, variable.value]))
      for (const [variable, value] of Object.entries(environment)) {
        check(typeof value === 'string', `${name}: ${variable} is no text`)
        const secret = /PASSWORD|TOKEN|SECRET|ACCESSKEY/.test(variable)
        check(!secret || variable.endsWith('FILE'), `${name}: ${variable} is a secret in the environment`)
        if (secret) check(mountOf(value)?.readOnly === true && volumes.find(volume => volume.name === mountOf(value).name).secret !== undefined, `${name}: ${variable} is no file of a Secret`)
      }
      check(mountOf(environment.KGUARDIAN_DATA_DIR) !== undefined, `${name}: nowhere to write`)
      servers.push({ name, environment })
    }
  }
}

await report(async check => {
  for (const values of valueFiles) {
    const arguments_ = [...release, '--values', join(chart, values)]
    helm('lint', '--strict', chart, ...arguments_)
    const rendered = helm('template', 'test', chart, ...arguments_, '--api-versions', 'monitoring.coreos.com/v1')
    const documents = parseAllDocuments(rendered)
    for (const document of documents) for (const error of [...document.errors, ...document.warnings]) check(false, `${values}: ${error}`)
    await checkObjects(check, values, documents.map(document => document.toJS()).filter(Boolean))
  }

  // What must not be rendered, and what is said instead.
  const refused = [
    [['server.replicas=2'], 'needs clickhouse.endpoints'],
    [['server.persistence.cold.size=1Ti', 'clickhouse.endpoints={http://clickhouse:8123}'], 'is for a local node'],
    [['settings.Storage:ColdS3SecretKey=hidden'], 'Storage:ColdS3SecretKey'],
    [['secretSettings.Node:ReadOnlyPasswordFile.secret=a', 'secretSettings.Node:ReadOnlyPasswordFile.key=b'], 'Node:ReadOnlyPasswordFile'],
    [['split.enabled=true'], 'needs clickhouse.endpoints'],
    [['clickhouse.cluster=main'], 'needs clickhouse.endpoints'],
    [['auth.existingSecret=tokens'], 'needs at least one of auth.keys'],
    [['auth.oidc.authority=https://idp.example/realms/cluster'], 'go together'],
    [['auth.oidc.audience=kguardian'], 'go together'],
    [['auth.oidc.authority=http://idp.example/realms/cluster', 'auth.oidc.audience=kguardian'], 'authority'],
    [['ingress.enabled=true'], 'needs ingress.hosts'],
    [['image.tag=latest'], 'tag'],
    [['servr.replicas=2'], 'servr'],
    [['clickhouse.endpoints={tcp://clickhouse:9000}'], 'endpoints'],
    [['clickhouse.endpoints={http://user:password@clickhouse:8123}'], 'endpoints'],
    [['settings.Node:ReadOnlyPassword=hidden-password'], 'Node:ReadOnlyPassword'],
    [['settings.RETENTION_DAYS=3'], 'RETENTION_DAYS'],
  ]
  for (const [sets, message] of refused) {
    const said = refusal('template', 'test', chart, ...release, ...sets.flatMap(set => ['--set', set]))
    check(said?.includes(message), `${sets} ${said === undefined ? 'is rendered' : `says ${said}`}`)
  }

  // Every value is one that the schema knows, and has its default.
  const schema = JSON.parse(readFileSync(join(chart, 'values.schema.json'), 'utf8'))
  const defaults = parse(readFileSync(join(chart, 'values.yaml'), 'utf8'))
  for (const name of Object.keys(schema.properties)) check(['global', 'enabled'].includes(name) || name in defaults, `values.yaml does not name ${name}`)
})
console.log(JSON.stringify({ servers, paths: [...paths] }))
