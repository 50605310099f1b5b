import { useEffect, useState } from 'preact/hooks'
import { api, ask } from '../../api/client'
import { Problem } from '../../api/problem'
import { useAnswer } from '../../app/use-answer'
import { zone } from '../../app/window'
import { bytes, count } from '../../lib/format'
import { dateTime, zoneName } from '../../lib/time'
import { Empty, Panel, Shown, Trouble } from '../../parts/states'
import { Scroll } from '../../parts/scroll'

export function Backups() {
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
    <Panel
      title="Backups"
      span={6}
      flush
      aside={
        <button type="button" disabled={isRunning} onClick={() => void begin()}>
          {isRunning ? 'A backup runs' : 'Back up now'}
        </button>
      }
    >
      {problem && <Trouble problem={problem} />}
      <Shown asked={asked} lines={3}>
        {data => (
          <>
            {current && (
              <p class="more" role="status">
                {current.state === 'running' ? (
                  `Running: ${current.progress.phase}, ${bytes(current.progress.bytes)} of ${bytes(current.progress.bytes_total)}`
                ) : current.state === 'failed' ? (
                  <span class="drop">The last one failed: {current.error}</span>
                ) : (
                  'The last one went well.'
                )}
              </p>
            )}
            {data.backups.length === 0 ? (
              <Empty title="No backup was made of this store">
                A directory for them is named by <code>Node:BackupDirectory</code>; see deploy/README.md.
              </Empty>
            ) : (
              <Scroll label="Table of backups" kind="low">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">Taken, {zoneName(zone.value)}</th>
                      <th scope="col">Name</th>
                      <th scope="col">Upon</th>
                      <th scope="col" class="num">
                        Flows
                      </th>
                      <th scope="col" class="num">
                        Size
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {data.backups.map(backup => (
                      <tr key={backup.name}>
                        <td>{dateTime(backup.taken_at, zone.value)}</td>
                        <td>{backup.name}</td>
                        <td class="dim">{backup.base ?? 'nothing: whole'}</td>
                        <td class="num">{count(backup.flows)}</td>
                        <td class="num">{bytes(backup.bytes)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Scroll>
            )}
          </>
        )}
      </Shown>
    </Panel>
  )
}
