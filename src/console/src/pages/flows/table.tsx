import type { components } from '../../api/schema'
import { href, place } from '../../app/router'
import { zone } from '../../app/window'
import { type Column } from '../../lib/columns'
import { both, is } from '../../lib/filter'
import { precise, zoneName } from '../../lib/time'
import { Empty } from '../../parts/states'
import { Scroll } from '../../parts/scroll'

export type Row = components['schemas']['FlowRow']

export function Table({ rows, shown, filter }: { rows: Row[]; shown: Column[]; filter: string }) {
  if (rows.length === 0) {
    return (
      <Empty title="No flow is like that">
        Choose a longer window, or a filter that asks for less. What arrives now is on <a href={href('live', { filter })}>Live</a>.
      </Empty>
    )
  }
  return (
    <Scroll label="Table of flows">
      <table>
        <thead>
          <tr>
            {shown.map(column => (
              <th key={column.name} scope="col" class={column.name.endsWith('port') ? 'num' : undefined}>
                {column.title}
                {column.name === 'time_stamp' ? `, ${zoneName(zone.value)}` : ''}
              </th>
            ))}
            <th scope="col">
              <span class="visually-hidden">Its ends</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index} class={row.decision === 'DROP' ? 'is-drop' : undefined}>
              {shown.map(column => (
                <Cell key={column.name} column={column} value={row[column.name as keyof Row] ?? null} filter={filter} />
              ))}
              <td class="ends">
                {row.pod_name && row.pod_namespace && <a href={href('who', { kind: 'Pod', namespace: row.pod_namespace, name: row.pod_name })}>pod</a>}{' '}
                {row.traffic_in_out_ip && <a href={href('who', { kind: 'Address', name: row.traffic_in_out_ip })}>peer</a>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

function Cell({ column, value, filter }: { column: Column; value: string | null; filter: string }) {
  if (column.name === 'time_stamp') return <td class="mono">{value && precise(value, zone.value)}</td>
  const text =
    column.name === 'decision' && value ? (
      <span class={`badge${value === 'DROP' ? ' is-drop' : ''}`}>{value}</span>
    ) : value === null ? (
      <span class="dim">–</span>
    ) : value === '' ? (
      <span class="dim">""</span>
    ) : (
      value
    )
  const kind = column.name.endsWith('port') ? 'num' : /_ip$|uuid|labels/.test(column.name) ? 'mono' : undefined
  if (column.field === null) return <td class={kind}>{text}</td>
  const more = value === null ? `not ${column.field} exists` : is(column.field, value)
  return (
    <td class={kind}>
      <a class="cell" title={`Only: ${more}`} href={href('flows', { filter: both(filter, more), cursor: null }, [...place.value.params.keys()])}>
        {text}
      </a>
    </td>
  )
}
