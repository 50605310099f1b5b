import { useEffect, useRef, useState } from 'preact/hooks'
import { href, param, set } from '../app/router'
import { Head } from '../app/shell'
import { follow, type TailState } from '../app/tail'
import { zone } from '../app/window'
import { both, is } from '../lib/filter'
import { brief, of } from '../lib/format'
import { precise, zoneName } from '../lib/time'
import { FilterInput } from '../parts/filter-input'
import { Segments } from '../parts/segments'
import { Empty, Trouble } from '../parts/states'
import { Scroll } from '../parts/scroll'

type Row = Record<string, string | null> & { key: number }

/** So many rows are shown; the store has all of them. */
const most = 500

/** New flows as they arrive. What came while it was paused, or the machine slept, comes when it goes on. */
export function Live() {
  const [filter, back] = [param('filter'), param('back')]
  const [isPaused, setPaused] = useState(false)
  const [tail, setTail] = useState<TailState>({ state: 'opening' })
  const [rows, setRows] = useState<Row[]>([])
  const [total, setTotal] = useState({ rows: 0, dropped: 0 })
  const cursor = useRef({ of: '', at: '' })
  const pending = useRef<Row[]>([])
  const counted = useRef(0)

  useEffect(() => {
    const of = `${filter}\n${back}`
    if (cursor.current.of !== of) {
      cursor.current = { of, at: '' }
      setRows([])
      setTotal({ rows: 0, dropped: 0 })
    }
    if (isPaused) return
    const stop = follow(
      { filter, from: back, cursor: cursor.current.at },
      (more, at) => {
        cursor.current.at = at
        for (const row of more) pending.current.push({ ...row, key: counted.current++ } as Row)
      },
      setTail,
    )
    // Rows are drawn five times a second at most, however many come.
    const draw = setInterval(() => {
      const fresh = pending.current
      if (fresh.length === 0) return
      pending.current = []
      setTotal(before => ({ rows: before.rows + fresh.length, dropped: before.dropped + fresh.filter(row => row.decision === 'DROP').length }))
      setRows(before => [...fresh.slice(-most).reverse(), ...before].slice(0, most))
    }, 200)
    return () => {
      stop()
      clearInterval(draw)
    }
  }, [filter, back, isPaused])

  const say = isPaused ? 'paused' : { opening: 'connecting', open: 'live', waiting: 'away: trying again', ended: 'ended' }[tail.state]
  return (
    <>
      <Head
        title="Live"
        zoneOnly
        sub={
          <span class={`badge ${isPaused ? 'is-warn' : tail.state === 'open' ? 'is-good' : 'is-warn'}`} role="status">
            {say}
          </span>
        }
      />
      <div class="row">
        <button type="button" class="primary" onClick={() => setPaused(!isPaused)}>
          {isPaused ? 'Go on' : 'Pause'}
        </button>
        <Segments
          label="Begin"
          name="back"
          fallback=""
          options={[
            ['', 'From now'],
            ['-5m', 'Last 5 min'],
            ['-1h', 'Last hour'],
          ]}
        />
        <FilterInput
          value={filter}
          problem={tail.problem}
          onApply={next => set({ filter: next || null })}
          placeholder="Filter: decision = DROP (names of workloads are not known here)"
        />
      </div>
      {tail.problem && tail.state === 'ended' && tail.problem.parameter !== 'filter' && (
        <section class="panel">
          <Trouble problem={tail.problem} />
        </section>
      )}
      <section class="panel" aria-label="New flows">
        <header>
          <span class="dim">
            {of(total.rows, 'flow')} since it was opened, {brief(total.dropped)} dropped{total.rows > most ? `; the newest ${most} are shown` : ''}
          </span>
          <a href={href('flows', { filter })}>All of them on Flows</a>
        </header>
        <div class="body flush">
          {rows.length === 0 ? (
            <Empty title={isPaused ? 'Paused' : 'Nothing new yet'}>
              {tail.state === 'waiting'
                ? tail.problem?.message
                : 'A flow comes here within a second of its arrival, once, when it is new. Repeats of known flows do not.'}
            </Empty>
          ) : (
            <Scroll label="Table of new flows" kind="live-rows">
              <table>
                <thead>
                  <tr>
                    <th scope="col">First seen, {zoneName(zone.value)}</th>
                    <th scope="col">Decision</th>
                    <th scope="col">Pod</th>
                    <th scope="col" class="num">
                      Port
                    </th>
                    <th scope="col">
                      <span class="visually-hidden">Direction</span>
                    </th>
                    <th scope="col">Peer</th>
                    <th scope="col" class="num">
                      Port
                    </th>
                    <th scope="col">Protocol</th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map(row => (
                    <tr key={row.key} class={row.decision === 'DROP' ? 'is-drop' : undefined}>
                      <td class="mono">{row.time_stamp && precise(row.time_stamp, zone.value)}</td>
                      <td>
                        <span class={`badge${row.decision === 'DROP' ? ' is-drop' : ''}`}>{row.decision ?? '–'}</span>
                      </td>
                      <td>
                        <a class="cell" href={href('who', { kind: 'Pod', namespace: row.pod_namespace, name: row.pod_name })}>
                          <span class="dim">{row.pod_namespace}/</span>
                          {row.pod_name}
                        </a>
                      </td>
                      <td class="num">{row.pod_port}</td>
                      <td title={row.traffic_type ?? ''}>{row.traffic_type === 'EGRESS' ? '→' : row.traffic_type === 'INGRESS' ? '←' : '–'}</td>
                      <td class="mono">
                        <a class="cell" href={href('live', { filter: both(filter, row.traffic_in_out_ip ? is('peer_ip', row.traffic_in_out_ip) : '') })}>
                          {row.traffic_in_out_ip}
                        </a>
                      </td>
                      <td class="num">{row.traffic_in_out_port}</td>
                      <td>{row.ip_protocol}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Scroll>
          )}
        </div>
      </section>
    </>
  )
}
