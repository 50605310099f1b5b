import { api, ask } from '../../api/client'
import { session } from '../../app/session'
import { useAnswer } from '../../app/use-answer'
import { zone } from '../../app/window'
import { dateTime, zoneName } from '../../lib/time'
import { Panel } from '../../parts/states'

export function Server() {
  const version = useAnswer('version', signal => ask(api.GET('/version', { signal })))
  const clock = useAnswer('clock', signal => ask(api.GET('/api/v1/admin/clock', { signal })))
  return (
    <Panel title="Server" span={12}>
      <dl class="facts">
        <dt>Version</dt>
        <dd>{version.answer?.data.version ?? version.problem?.message ?? '…'}</dd>
        <dt>ClickHouse</dt>
        <dd>{version.answer?.data.clickhouse_version ?? '–'}</dd>
        <dt>Schema</dt>
        <dd>{version.answer?.data.schema_version ?? '–'}</dd>
        <dt>Clock</dt>
        <dd>
          {clock.answer ? (
            clock.answer.data.held ? (
              <span class="drop">not believed: {clock.answer.data.reason}; nothing expires</span>
            ) : (
              `${dateTime(clock.answer.data.believed_time, zone.value)} ${zoneName(zone.value)}, believed` +
                (clock.answer.data.oldest_day ? `; days before ${clock.answer.data.oldest_day} have expired` : '')
            )
          ) : (
            (clock.problem?.message ?? '…')
          )}
        </dd>
        <dt>You</dt>
        <dd>
          {session.who.value?.name === 'anyone'
            ? 'anybody: this server has no tokens, and is open'
            : `${session.who.value?.name}, ${session.who.value?.roles.join(', ')}`}
        </dd>
      </dl>
    </Panel>
  )
}
