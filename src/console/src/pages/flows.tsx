import { api, ask } from '../api/client'
import type { components } from '../api/schema'
import { href, param, place, set } from '../app/router'
import { Head } from '../app/shell'
import { useAnswer } from '../app/use-answer'
import { from, to } from '../app/window'
import { chosen } from '../lib/columns'
import { of } from '../lib/format'
import { ExportMenu } from '../parts/export-menu'
import { FilterInput } from '../parts/filter-input'
import { Popover } from '../parts/popover'
import { Segments } from '../parts/segments'
import { Covered, Empty, Shown, Trouble } from '../parts/states'
import { Strip } from '../parts/strip'
import { ColumnChooser } from './flows/columns'
import { Row, Table } from './flows/table'

type Page = components['schemas']['FlowPage']

const sizes = ['50', '100', '250', '1000']

/** The flows of a window and a filter, page by page; every part of it is in the address. */
export function Flows() {
  const [filter, cursor, limit, order] = [
    param('filter'),
    param('cursor'),
    param('limit') || '100',
    param('order') === 'asc' ? ('asc' as const) : ('desc' as const),
  ]
  const shown = chosen(param('cols'))
  const fields = shown.map(column => column.name)
  const query = { from: from.value, to: to.value, ...(filter && { filter }) }
  const asked = useAnswer(JSON.stringify([query, fields, cursor, limit, order]), signal =>
    ask<Page>(
      api.GET('/api/v1/flows', {
        params: { query: { ...query, fields: fields as 'uuid'[], limit: Number(limit), order, ...(cursor && { cursor }) } },
        signal,
        // Of its media types, the pages.
      }) as Promise<{ data?: Page; error?: unknown; response: Response }>,
    ),
  )
  const total = useAnswer(asked.problem?.status === 400 ? null : `count ${JSON.stringify(query)}`, signal =>
    ask(api.GET('/api/v1/flows/count', { params: { query }, signal })),
  )
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
            <Segments
              label="Order"
              name="order"
              fallback="desc"
              options={[
                ['desc', 'Newest first'],
                ['asc', 'Oldest first'],
              ]}
            />
            <label>
              <span class="visually-hidden">Rows a page</span>
              <select value={limit} onChange={event => set({ limit: event.currentTarget.value === '100' ? null : event.currentTarget.value, cursor: null })}>
                {sizes.map(size => (
                  <option key={size} value={size}>
                    {size} rows
                  </option>
                ))}
              </select>
            </label>
            <Popover label="Columns">{close => <ColumnChooser close={close} shown={shown} />}</Popover>
          </div>
          <div class="row">
            <a class="button" href={href('map', { filter }, ['from', 'to', 'tz'])}>
              On the map
            </a>
            <a class="button" href={href('live', { filter }, ['tz'])}>
              Live
            </a>
            {page && <ExportMenu window={page.window} filter={filter} fields={fields} order={order} />}
          </div>
        </header>
        {asked.problem ? (
          asked.problem.parameter === 'filter' ? (
            <Empty title="The filter cannot be read">What is wrong is said below it.</Empty>
          ) : asked.problem.parameter === 'cursor' ? (
            <Empty title="This page is gone">
              Its cursor belongs to another window, filter or order.{' '}
              <a href={href('flows', { cursor: null }, [...place.value.params.keys()])}>To the first page</a>
            </Empty>
          ) : (
            <Trouble problem={asked.problem} retry={asked.retry} />
          )
        ) : (
          <div class="body flush">
            <Shown asked={asked} lines={14}>
              {data => <Table rows={data.data as Row[]} shown={shown} filter={filter} />}
            </Shown>
          </div>
        )}
      </section>
      {page && asked.answer && (
        <div class="row spread">
          <div class="row">
            {cursor && (
              <a class="button" href={href('flows', { cursor: null }, [...place.value.params.keys()])}>
                First page
              </a>
            )}
            {cursor && (
              <button type="button" onClick={() => history.back()}>
                Back
              </button>
            )}
            {page.next && (
              <a class="button" rel="next" href={href('flows', { cursor: page.next }, [...place.value.params.keys()])}>
                Next {limit}
              </a>
            )}
            {!page.next && page.data.length > 0 && <span class="dim">These are the last ones.</span>}
          </div>
          <Covered meta={{ ...asked.answer.meta, cut: false }} />
        </div>
      )}
    </>
  )
}
