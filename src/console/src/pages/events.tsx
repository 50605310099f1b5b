import { api, ask } from '../api/client'
import { param } from '../app/router'
import { Head } from '../app/shell'
import { session } from '../app/session'
import { useAnswer } from '../app/use-answer'
import { VerdictRows } from '../parts/verdict-rows'
import { Segments } from '../parts/segments'
import { Empty, Panel, Shown } from '../parts/states'
import { Secure } from './events/secure'
import { Audit } from './events/audit'

/** Events worth telling somebody, verdicts of audit policies, and who did what to the store. */
export function Events() {
  const tab = param('tab') || 'events'
  return (
    <>
      <Head title="Events">
        <Segments
          label="Kind"
          name="tab"
          fallback="events"
          options={[
            ['events', 'Secure events'],
            ['verdicts', 'Verdicts'],
            ...(session.isAdmin.value ? [['audit', 'Audit of the store'] as [string, string]] : []),
          ]}
        />
      </Head>
      {tab === 'verdicts' ? <Verdicts /> : tab === 'audit' ? <Audit /> : <Secure />}
    </>
  )
}

function Verdicts() {
  const query = { limit: 500 }
  const asked = useAnswer('verdicts', signal => ask(api.GET('/audit/verdicts', { params: { query }, signal })))
  return (
    <Panel title="What audit policies would make of new flows" flush aside={<span class="dim">the newest 500</span>}>
      <Shown asked={asked} lines={8}>
        {rows =>
          rows.length === 0 ? (
            <Empty title="No verdicts">
              They come from an evaluator of audit policies: <code>Verdicts:EvaluatorUrl</code> names it.
            </Empty>
          ) : (
            <VerdictRows rows={rows} />
          )
        }
      </Shown>
    </Panel>
  )
}
