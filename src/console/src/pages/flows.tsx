import { useState } from 'preact/hooks'
import { api, ask } from '../api/client'
import type { components } from '../api/schema'
import { href, param, place, set } from '../app/router'
import { Head } from '../app/shell'
import { useAnswer } from '../app/use-answer'
import { from, to, zone } from '../app/window'
import { chosen, columns, columnText, usual, type Column } from '../lib/columns'
import { both, is } from '../lib/filter'
import { count, of } from '../lib/format'
import { precise, zoneName } from '../lib/time'
import { ExportMenu } from '../parts/export-menu'
import { FilterInput } from '../parts/filter-input'
import { Popover } from '../parts/popover'
import { Segments } from '../parts/segments'
import { Covered, Empty, Shown, Trouble } from '../parts/states'
import { Strip } from '../parts/strip'
import { Scroll } from '../parts/scroll'

type Row = components['schemas']['FlowRow']
type Page = components['schemas']['FlowPage']

const sizes = ['50', '100', '250', '1000']

/** The flows of a window and a filter, page by page; every part of it is in the address. */
export function Flows() {
  const [filter, cursor, limit, order] = [param('filter'), param('cursor'), param('limit') || '100', param('order') === 'asc' ? 'asc' as const : 'desc' as const]
  const shown = chosen(param('cols'))
  const fields = shown.map(column => column.name)
  const query = { from: from.value, to: to.value, ...(filter && { filter }) }
  const asked = useAnswer(JSON.stringify([query, fields, cursor, limit, order]), signal =>
    ask<Page>(api.GET('/api/v1/flows', {
      params: { query: { ...query, fields: fields as 'uuid'[], limit: Number(limit), order, ...(cursor && { cursor }) } }, signal,
      // Of its media types, the pages.
    }) as Promise<{ data?: Page; error?: unknown; response: Response }>))
  const total = useAnswer(asked.problem?.status === 400 ? null : `count ${JSON.stringify(query)}`, signal => ask(api.GET('/api/v1/flows/count', { params: { query }, signal })))
  const page = asked.answer?.data
  return (
    <>
      <Head title="Flows" sub={total.answer ? of(total.answer.data.flows, 'flow') : undefined} />
      <div class="row">
        <FilterInput value={filter} problem={asked.problem} onApply={next => set({ filter: next || null, cursor: null })} />
      </div>
      {asked.problem?.status !== 400 && <Strip query={query} />}
      <section class="panel" aria-label="Flows">
        <header>
          <div class="row">
            <Segments label="Order" name="order" fallback="desc" options={[['desc', 'Newest first'], ['asc', 'Oldest first']]} />
            <label><span class="visually-hidden">Rows a page</span>
              <select value={limit} onChange={event => set({ limit: event.currentTarget.value === '100' ? null : event.currentTarget.value, cursor: null })}>
                {sizes.map(size => <option key={size} value={size}>{size} rows</option>)}
              </select>
            </label>
            <Popover label="Columns">{close => <ColumnChooser close={close} shown={shown} />}</Popover>
          </div>
          <div class="row">
            <a class="button" href={href('map', { filter }, ['from', 'to', 'tz'])}>On the map</a>
            <a class="button" href={href('live', { filter }, ['tz'])}>Live</a>
            {page && <ExportMenu window={page.window} filter={filter} fields={fields} order={order} />}
          </div>
        </header>
        {asked.problem ? (asked.problem.parameter === 'filter' ? <Empty title="The filter cannot be read">What is wrong is said below it.</Empty>
          : asked.problem.parameter === 'cursor' ? <Empty title="This page is gone">Its cursor belongs to another window, filter or order. <a href={href('flows', { cursor: null }, [...place.value.params.keys()])}>To the first page</a></Empty>
          : <Trouble problem={asked.problem} retry={asked.retry} />)
          : <div class="body flush"><Shown asked={asked} lines={14}>{data => <Table rows={data.data as Row[]} shown={shown} filter={filter} />}</Shown></div>}
      </section>
      {page && asked.answer && (
        <div class="row spread">
          <div class="row">
            {cursor && <a class="button" href={href('flows', { cursor: null }, [...place.value.params.keys()])}>First page</a>}
            {cursor && <button type="button" onClick={() => history.back()}>Back</button>}
            {page.next && <a class="button" rel="next" href={href('flows', { cursor: page.next }, [...place.value.params.keys()])}>Next {limit}</a>}
            {!page.next && page.data.length > 0 && <span class="dim">These are the last ones.</span>}
          </div>
          <Covered meta={{ ...asked.answer.meta, cut: false }} />
        </div>
      )}
    </>
  )
}

function Table({ rows, shown, filter }: { rows: Row[]; shown: Column[]; filter: string }) {
  if (rows.length === 0) {
    return <Empty title="No flow is like that">Choose a longer window, or a filter that asks for less. What arrives now is on <a href={href('live', { filter })}>Live</a>.</Empty>
  }
  return (
    <Scroll label="Table of flows">
      <table>
        <thead><tr>
          {shown.map(column => <th key={column.name} scope="col" class={column.name.endsWith('port') ? 'num' : undefined}>{column.title}{column.name === 'time_stamp' ? `, ${zoneName(zone.value)}` : ''}</th>)}
          <th scope="col"><span class="visually-hidden">Its ends</span></th>
        </tr></thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index} class={row.decision === 'DROP' ? 'is-drop' : undefined}>
              {shown.map(column => <Cell key={column.name} column={column} value={row[column.name as keyof Row] ?? null} filter={filter} />)}
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
  const text = column.name === 'decision' && value ? <span class={`badge${value === 'DROP' ? ' is-drop' : ''}`}>{value}</span>
    : value === null ? <span class="dim">–</span> : value === '' ? <span class="dim">""</span> : value
  const kind = column.name.endsWith('port') ? 'num' : /_ip$|uuid|labels/.test(column.name) ? 'mono' : undefined
  if (column.field === null) return <td class={kind}>{text}</td>
  const more = value === null ? `not ${column.field} exists` : is(column.field, value)
  return <td class={kind}><a class="cell" title={`Only: ${more}`} href={href('flows', { filter: both(filter, more), cursor: null }, [...place.value.params.keys()])}>{text}</a></td>
}

/** Which columns there are, and in which order. */
function ColumnChooser({ shown, close }: { shown: Column[]; close: () => void }) {
  const [names, setNames] = useState(shown.map(column => column.name))
  const titles = new Map(columns.map(column => [column.name, column.title]))
  const move = (name: string, by: number): void => {
    const at = names.indexOf(name)
    const next = names.filter(one => one !== name)
    next.splice(Math.max(0, at + by), 0, name)
    setNames(next)
  }
  return (
    <form class="sheet-form" onSubmit={event => { event.preventDefault(); set({ cols: columnText(names) || null }); close() }}>
      <ul class="columns">
        {names.map((name, index) => (
          <li key={name}>
            <label><input type="checkbox" checked disabled={names.length === 1} onChange={() => setNames(names.filter(one => one !== name))} /> {titles.get(name)}</label>
            <button type="button" class="quiet" disabled={index === 0} aria-label={`${titles.get(name)}: further left`} onClick={() => move(name, -1)}>↑</button>
            <button type="button" class="quiet" disabled={index === names.length - 1} aria-label={`${titles.get(name)}: further right`} onClick={() => move(name, 1)}>↓</button>
          </li>
        ))}
        {columns.filter(column => !names.includes(column.name)).map(column => (
          <li key={column.name}>
            <label><input type="checkbox" checked={false} onChange={() => setNames([...names, column.name])} /> <span class="dim">{column.title}</span></label>
          </li>
        ))}
      </ul>
      <div class="row">
        <button type="submit" class="primary">Show {count(names.length)}</button>
        <button type="button" onClick={() => setNames(usual)}>The usual ones</button>
      </div>
    </form>
  )
}
