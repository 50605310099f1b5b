import { api, ask } from '../../api/client'
import { useAnswer } from '../../app/use-answer'
import { Panel, Shown } from '../../parts/states'
import { Severity } from '../../parts/severity'

export function Doctor() {
  const asked = useAnswer('doctor', signal => ask(api.GET('/api/v1/admin/doctor', { signal })))
  const order = ['error', 'warning', 'ok']
  return (
    <Panel
      title="Doctor"
      span={12}
      flush
      aside={
        <button type="button" onClick={asked.retry}>
          Examine again
        </button>
      }
    >
      <Shown asked={asked} lines={10}>
        {report => (
          <ul class="findings">
            {[...report.findings]
              .sort((one, other) => order.indexOf(one.severity) - order.indexOf(other.severity))
              .map((finding, index) => (
                <li key={index}>
                  <span>
                    <Severity of={finding.severity} />
                  </span>
                  <span>{finding.check}</span>
                  <span>
                    {finding.what}
                    {finding.todo && <span class="todo">{finding.todo}</span>}
                  </span>
                </li>
              ))}
          </ul>
        )}
      </Shown>
    </Panel>
  )
}
