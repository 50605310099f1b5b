import { api, ask } from '../../api/client'
import { href } from '../../app/router'
import { session } from '../../app/session'
import { useAnswer } from '../../app/use-answer'
import { askedAt } from '../../app/window'
import { ago } from '../../lib/time'
import { Findings } from '../../parts/findings'
import { Panel, Shown } from '../../parts/states'

export function Health() {
  return session.isAdmin.value ? <Examined /> : <Versions />
}

const watched = ['ingest', 'disk', 'retention', 'clock', 'backups', 'rejected events', 'events']

function Examined() {
  const asked = useAnswer('doctor', signal => ask(api.GET('/api/v1/admin/doctor', { signal })))
  return (
    <Panel title="Health" span={12} flush aside={<a href={href('admin')}>All checks</a>}>
      <Shown asked={asked}>
        {report => <Findings of={report.findings.filter(finding => watched.includes(finding.check) || finding.severity !== 'ok')} />}
      </Shown>
    </Panel>
  )
}

function Versions() {
  const asked = useAnswer('version', signal => ask(api.GET('/version', { signal })))
  return (
    <Panel title="Server" span={12}>
      <Shown asked={asked} lines={1}>
        {version => (
          <p class="dim">
            Version {version.version.split('+')[0]}, ClickHouse {version.clickhouse_version}, schema {version.schema_version}; asked{' '}
            {ago(askedAt.value, Date.now())}. What the store is made of and its health are for tokens with the role admin.
          </p>
        )}
      </Shown>
    </Panel>
  )
}
