import { useState } from 'preact/hooks'
import { set } from '../../app/router'
import { columns, columnText, usual, type Column } from '../../lib/columns'
import { count } from '../../lib/format'

/** Which columns there are, and in which order. */
export function ColumnChooser({ shown, close }: { shown: Column[]; close: () => void }) {
  const [names, setNames] = useState(shown.map(column => column.name))
  const titles = new Map(columns.map(column => [column.name, column.title]))
  const move = (name: string, by: number): void => {
    const at = names.indexOf(name)
    const next = names.filter(one => one !== name)
    next.splice(Math.max(0, at + by), 0, name)
    setNames(next)
  }
  return (
    <form
      class="sheet-form"
      onSubmit={event => {
        event.preventDefault()
        set({ cols: columnText(names) || null })
        close()
      }}
    >
      <ul class="columns">
        {names.map((name, index) => (
          <li key={name}>
            <label>
              <input type="checkbox" checked disabled={names.length === 1} onChange={() => setNames(names.filter(one => one !== name))} /> {titles.get(name)}
            </label>
            <button type="button" class="quiet" disabled={index === 0} aria-label={`${titles.get(name)}: further left`} onClick={() => move(name, -1)}>
              ↑
            </button>
            <button
              type="button"
              class="quiet"
              disabled={index === names.length - 1}
              aria-label={`${titles.get(name)}: further right`}
              onClick={() => move(name, 1)}
            >
              ↓
            </button>
          </li>
        ))}
        {columns
          .filter(column => !names.includes(column.name))
          .map(column => (
            <li key={column.name}>
              <label>
                <input type="checkbox" checked={false} onChange={() => setNames([...names, column.name])} /> <span class="dim">{column.title}</span>
              </label>
            </li>
          ))}
      </ul>
      <div class="row">
        <button type="submit" class="primary">
          Show {count(names.length)}
        </button>
        <button type="button" onClick={() => setNames(usual)}>
          The usual ones
        </button>
      </div>
    </form>
  )
}
