import type { ComponentChildren } from 'preact'
import { brief, count } from '../lib/format'

/** A list whose lengths compare, each line leading to what it counts. */
export function Bars({
  rows,
  unit,
  isDrop,
}: {
  rows: { key: string; what: ComponentChildren; value: number; to: string; title?: string }[]
  unit: string
  isDrop?: boolean
}) {
  const most = Math.max(1, ...rows.map(row => row.value))
  return (
    <ol class="bars">
      {rows.map(row => (
        <li key={row.key}>
          <span class={`fill${isDrop ? ' is-drop' : ''}`} style={{ width: `${(100 * row.value) / most}%` }} />
          <a href={row.to} title={row.title ?? `${count(row.value)} ${unit}`}>
            <span class="what">{row.what}</span>
            <span class="much">{brief(row.value)}</span>
          </a>
        </li>
      ))}
    </ol>
  )
}
