import type { components } from '../api/schema'
import { zone } from '../app/window'
import { dateTime, zoneName } from '../lib/time'
import { Scroll } from './scroll'

/** Verdicts of audit policies, newest first. */
export function VerdictRows({ rows }: { rows: components['schemas']['AuditVerdicts'] }) {
  return (
    <Scroll label="Table of verdicts">
      <table>
        <thead>
          <tr>
            <th scope="col">When, {zoneName(zone.value)}</th>
            <th scope="col">Verdict</th>
            <th scope="col">Policy</th>
            <th scope="col">Direction</th>
            <th scope="col">From</th>
            <th scope="col">To</th>
            <th scope="col" class="num">
              Port
            </th>
            <th scope="col">Reason</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <tr key={row.id}>
              <td class="mono">{dateTime(row.observed_at, zone.value)}</td>
              <td>
                <span class={`badge ${row.verdict === 'WouldDeny' ? 'is-drop' : 'is-good'}`}>{row.verdict}</span>
              </td>
              <td>
                {row.policy_namespace && <span class="dim">{row.policy_namespace}/</span>}
                {row.policy_name}
              </td>
              <td>{row.direction}</td>
              <td>
                <span class="dim">{row.src_namespace && `${row.src_namespace}/`}</span>
                {row.src_pod ?? '–'}
              </td>
              <td>
                <span class="dim">{row.dst_namespace && `${row.dst_namespace}/`}</span>
                {row.dst_pod ?? '–'}
              </td>
              <td class="num">
                {row.dst_port ?? ''}/{row.protocol ?? ''}
              </td>
              <td class="wrap dim">{row.reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
