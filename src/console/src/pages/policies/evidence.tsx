import type { components } from '../../api/schema'
import { zone } from '../../app/window'
import { count, of } from '../../lib/format'
import { minute, zoneName } from '../../lib/time'
import { Panel } from '../../parts/states'
import { Scroll } from '../../parts/scroll'

/** What the proposal was made from: each of its rules, with its flows. */
export function Evidence({ data }: { data: components['schemas']['PolicyProposal'] }) {
  return (
    <Panel title="What it comes from" flush aside={data.notes.length > 0 ? <span class="dim">{data.notes.join('; ')}</span> : undefined}>
      {data.warnings.length > 0 && (
        <ul class="warnings">
          {data.warnings.map((warning, index) => (
            <li key={index} class="warn">
              {warning.policy}: {warning.warning}
            </li>
          ))}
        </ul>
      )}
      <Scroll label="Table of evidence">
        <table>
          <thead>
            <tr>
              <th scope="col">Rule</th>
              <th scope="col">Seen</th>
              <th scope="col" class="num">
                Flows
              </th>
              <th scope="col">First, {zoneName(zone.value)}</th>
              <th scope="col">Last new</th>
            </tr>
          </thead>
          <tbody>
            {data.evidence.map((one, index) => (
              <tr key={index}>
                <td class="mono">{one.field}</td>
                <td>
                  {one.seen}
                  {one.block && (
                    <span class="dim">
                      {' '}
                      as {one.block}, {of(one.addresses, 'address', 'addresses')}
                    </span>
                  )}
                </td>
                <td class="num">{count(one.flows)}</td>
                <td>{one.first_seen && minute(one.first_seen, zone.value)}</td>
                <td>{one.last_seen && minute(one.last_seen, zone.value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Panel>
  )
}
