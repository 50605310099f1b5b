import { api, ask } from '../../api/client'
import { useAnswer } from '../../app/use-answer'
import { Findings } from '../../parts/findings'
import { Panel, Shown } from '../../parts/states'

export function Doctor() {
  const asked = useAnswer('doctor', signal => ask(api.GET('/api/v1/admin/doctor', { signal })))
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
        {report => <Findings of={report.findings} />}
      </Shown>
    </Panel>
  )
}
