import { useEffect, useState } from 'preact/hooks'
import { api, ask } from '../api/client'
import { Problem } from '../api/problem'
import type { components } from '../api/schema'
import { Head } from '../app/shell'
import { session } from '../app/session'
import { useAnswer } from '../app/use-answer'
import { zone } from '../app/window'
import { bytes, count, of } from '../lib/format'
import { dateTime, zoneName } from '../lib/time'
import { Empty, Panel, Shown, Trouble } from '../parts/states'
import { Severity } from '../parts/severity'
import { Scroll } from '../parts/scroll'

/** What is wrong and what to do, how long flows are kept, backups, the clock: for tokens with the role admin. */
export function Admin() {
  if (!session.isAdmin.value) return <section class="panel"><Empty title="This is for the role admin">The token that is used here has {session.who.value?.roles.join(' and ')}.</Empty></section>
  return (
    <>
      <Head title="Administration" zoneOnly />
      <div class="grid">
        <Doctor />
        <Retention />
        <Backups />
        <Server />
      </div>
    </>
  )
}

function Doctor() {
  const asked = useAnswer('doctor', signal => ask(api.GET('/api/v1/admin/doctor', { signal })))
  const order = ['error', 'warning', 'ok']
  return (
    <Panel title="Doctor" span={12} flush aside={<button type="button" onClick={asked.retry}>Examine again</button>}>
      <Shown asked={asked} lines={10}>{report => (
        <ul class="findings">
          {[...report.findings].sort((one, other) => order.indexOf(one.severity) - order.indexOf(other.severity)).map((finding, index) => (
            <li key={index}>
              <span><Severity of={finding.severity} /></span><span>{finding.check}</span>
              <span>{finding.what}{finding.todo && <span class="todo">{finding.todo}</span>}</span>
            </li>
          ))}
        </ul>
      )}</Shown>
    </Panel>
  )
}

type Preview = components['schemas']['RetentionPreview']

function Retention() {
  const asked = useAnswer('retention', signal => ask(api.GET('/api/v1/flow-reports/retention', { signal })))
  const kept = asked.answer?.data.result.days
  const [days, setDays] = useState('')
  const [preview, setPreview] = useState<Preview>()
  const [problem, setProblem] = useState<Problem>()
  const [isBusy, setBusy] = useState(false)
  useEffect(() => { if (kept !== undefined) setDays(String(kept)) }, [kept])
  const wanted = /^\d{1,5}$/.test(days) && Number(days) >= 1 && Number(days) <= 36500 ? Number(days) : null
  const attempt = async (what: () => Promise<void>): Promise<void> => {
    setBusy(true)
    setProblem(undefined)
    try {
      await what()
    } catch (cause) {
      setProblem(cause instanceof Problem ? cause : new Problem(0, 'It could not be done', String(cause)))
    } finally {
      setBusy(false)
    }
  }
  const look = () => attempt(async () => {
    const { data } = await ask(api.GET('/api/v1/flow-reports/retention', { params: { query: { dry_run: wanted! } } }))
    setPreview(data.result as Preview)
  })
  const change = () => attempt(async () => {
    await ask(api.PUT('/api/v1/flow-reports/retention', { body: { days: wanted! } }))
    setPreview(undefined)
    asked.retry()
  })
  return (
    <Panel title="Retention" span={6}>
      <Shown asked={asked} lines={3}>{() => (
        <form class="stack" onSubmit={event => { event.preventDefault(); if (wanted && wanted !== kept) void look() }}>
          <p>Flows are kept for <strong>{kept} days</strong>, by the day on which they arrived.</p>
          <div class="row">
            <label class="row">Keep <input class="short" type="text" inputMode="numeric" value={days} aria-invalid={wanted === null} onInput={event => { setDays(event.currentTarget.value); setPreview(undefined) }} /> days</label>
            <button type="submit" disabled={!wanted || wanted === kept || isBusy}>See what would go</button>
          </div>
          {wanted === null && <p class="drop">Whole days from 1 to 36,500.</p>}
          {preview && (
            <div class="stack" role="status">
              <p>{preview.rows === 0 ? 'Nothing would go now.' : <><strong class="drop">{of(preview.rows, 'row')} would go at once</strong> ({bytes(preview.bytes)}, {of(preview.partitions, 'partition')}): all that arrived before {preview.oldest_day}. They do not come back.</>}</p>
              <div class="row"><button type="button" class="primary" disabled={isBusy} onClick={() => void change()}>Keep {wanted} days</button><button type="button" onClick={() => setPreview(undefined)}>Leave it</button></div>
            </div>
          )}
          {problem && <Trouble problem={problem} />}
        </form>
      )}</Shown>
    </Panel>
  )
}

function Backups() {
  const asked = useAnswer('backups', signal => ask(api.GET('/api/v1/admin/backups', { signal })))
  const [problem, setProblem] = useState<Problem>()
  const current = asked.answer?.data.current
  const isRunning = current?.state === 'running'
  useEffect(() => {
    if (!isRunning) return
    const timer = setInterval(asked.retry, 1500)
    return () => clearInterval(timer)
  }, [isRunning])
  const begin = async (): Promise<void> => {
    setProblem(undefined)
    try {
      await ask(api.POST('/api/v1/admin/backups', { body: { full: false } }))
    } catch (cause) {
      setProblem(cause instanceof Problem ? cause : new Problem(0, 'It could not be done', String(cause)))
    }
    asked.retry()
  }
  return (
    <Panel title="Backups" span={6} flush aside={<button type="button" disabled={isRunning} onClick={() => void begin()}>{isRunning ? 'A backup runs' : 'Back up now'}</button>}>
      {problem && <Trouble problem={problem} />}
      <Shown asked={asked} lines={3}>{data => (
        <>
          {current && <p class="more" role="status">{current.state === 'running' ? `Running: ${current.progress.phase}, ${bytes(current.progress.bytes)} of ${bytes(current.progress.bytes_total)}` : current.state === 'failed' ? <span class="drop">The last one failed: {current.error}</span> : 'The last one went well.'}</p>}
          {data.backups.length === 0 ? <Empty title="No backup was made of this store">A directory for them is named by <code>Node:BackupDirectory</code>; see deploy/README.md.</Empty> : (
            <Scroll label="Table of backups" kind="low"><table>
              <thead><tr><th scope="col">Taken, {zoneName(zone.value)}</th><th scope="col">Name</th><th scope="col">Upon</th><th scope="col" class="num">Flows</th><th scope="col" class="num">Size</th></tr></thead>
              <tbody>{data.backups.map(backup => (
                <tr key={backup.name}><td>{dateTime(backup.taken_at, zone.value)}</td><td>{backup.name}</td><td class="dim">{backup.base ?? 'nothing: whole'}</td><td class="num">{count(backup.flows)}</td><td class="num">{bytes(backup.bytes)}</td></tr>
              ))}</tbody>
            </table></Scroll>
          )}
        </>
      )}</Shown>
    </Panel>
  )
}

function Server() {
  const version = useAnswer('version', signal => ask(api.GET('/version', { signal })))
  const clock = useAnswer('clock', signal => ask(api.GET('/api/v1/admin/clock', { signal })))
  return (
    <Panel title="Server" span={12}>
      <dl class="facts">
        <dt>Version</dt><dd>{version.answer?.data.version ?? version.problem?.message ?? '…'}</dd>
        <dt>ClickHouse</dt><dd>{version.answer?.data.clickhouse_version ?? '–'}</dd>
        <dt>Schema</dt><dd>{version.answer?.data.schema_version ?? '–'}</dd>
        <dt>Clock</dt><dd>{clock.answer ? clock.answer.data.held ? <span class="drop">not believed: {clock.answer.data.reason}; nothing expires</span>
          : `${dateTime(clock.answer.data.believed_time, zone.value)} ${zoneName(zone.value)}, believed${clock.answer.data.oldest_day ? `; days before ${clock.answer.data.oldest_day} have expired` : ''}` : (clock.problem?.message ?? '…')}</dd>
        <dt>You</dt><dd>{session.who.value?.name === 'anyone' ? 'anybody: this server has no tokens, and is open' : `${session.who.value?.name}, ${session.who.value?.roles.join(', ')}`}</dd>
      </dl>
    </Panel>
  )
}
