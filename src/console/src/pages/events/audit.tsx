import { api, ask } from '../../api/client'
import { useAnswer } from '../../app/use-answer'
import { zone } from '../../app/window'
import { dateTime, zoneName } from '../../lib/time'
import { Empty, Panel, Shown } from '../../parts/states'
import { Scroll } from '../../parts/scroll'

export function Audit() {
  const asked = useAnswer('audit', signal => ask(api.GET('/api/events/audit', { params: { query: { limit: 500 } }, signal })))
  return (
    <Panel title="Who did what to this store" flush aside={<span class="dim">the newest 500</span>}>
      <Shown asked={asked} lines={8}>
        {rows =>
          rows.length === 0 ? (
            <Empty title="Nothing was done yet" />
          ) : (
            <Scroll label="Table of activities">
              <table>
                <thead>
                  <tr>
                    <th scope="col">When, {zoneName(zone.value)}</th>
                    <th scope="col">What</th>
                    <th scope="col">Who</th>
                    <th scope="col">To</th>
                    <th scope="col">More</th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map(row => (
                    <tr key={row.id}>
                      <td class="mono">{dateTime(row.timestamp, zone.value)}</td>
                      <td>{row.activity}</td>
                      <td>{row.initiator_name}</td>
                      <td>{row.target_id}</td>
                      <td class="wrap dim">
                        {Object.entries(row.meta)
                          .map(([name, value]) => `${name} ${value}`)
                          .join(', ')}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Scroll>
          )
        }
      </Shown>
    </Panel>
  )
}
