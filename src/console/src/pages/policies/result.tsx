import type { components } from '../../api/schema'
import { href } from '../../app/router'
import { useAnswer } from '../../app/use-answer'
import { zone } from '../../app/window'
import { between, endText } from '../../lib/ends'
import { count, of } from '../../lib/format'
import { minute, zoneName } from '../../lib/time'
import { EndName } from '../../parts/end-name'
import { Covered, Empty, Shown } from '../../parts/states'
import { Scroll } from '../../parts/scroll'

export type Replay = components['schemas']['PolicyReplay']

export function Result({ asked, isDiff }: { asked: ReturnType<typeof useAnswer<Replay>>; isDiff: boolean }) {
  if (asked.problem?.line !== undefined) {
    return (
      <section class="panel">
        <div class="state is-problem" role="alert">
          <h3>Line {asked.problem.line} cannot be taken</h3>
          <p>{asked.problem.message}</p>
        </div>
      </section>
    )
  }
  return (
    <section class="panel" aria-label="Result">
      <Shown asked={asked} lines={6}>
        {(replay, meta) => {
          const { totals } = replay
          const blocked = replay.edges.filter(edge => edge.verdict === 'blocked' && edge.decision !== 'DROP')
          const rest = replay.edges.filter(edge => !blocked.includes(edge))
          return (
            <>
              <div class="figures plain">
                {isDiff ? (
                  <>
                    <Figure name="Newly blocked" value={totals.newly_blocked ?? 0} note="flows that were let through" isBad />
                    <Figure name="Newly allowed" value={totals.newly_allowed ?? 0} note="flows" />
                  </>
                ) : (
                  <>
                    <Figure name="Would be blocked" value={totals.let_through.blocked} note="flows that were let through" isBad />
                    <Figure name="Not known" value={totals.let_through.unknown} note="names, labels or ports are missing" />
                    <Figure name="Still let through" value={totals.let_through.allowed} note={`of ${of(totals.flows, 'flow')}`} />
                  </>
                )}
              </div>
              {replay.warnings.length > 0 && (
                <ul class="warnings">
                  {replay.warnings.map((warning, index) => (
                    <li key={index} class="warn">
                      Line {warning.line}, {warning.field}: {warning.problem}
                    </li>
                  ))}
                </ul>
              )}
              {replay.edges.length === 0 ? (
                <Empty title={isDiff ? 'No edge changes its verdict' : 'Nothing that ran would be blocked'}>
                  Of the {of(totals.flows, 'flow')} of the window.
                </Empty>
              ) : (
                <Scroll label="Table of edges">
                  <table>
                    <thead>
                      <tr>
                        <th scope="col">Client → server</th>
                        <th scope="col">Verdict</th>
                        <th scope="col" class="num">
                          Flows
                        </th>
                        <th scope="col">Last, {zoneName(zone.value)}</th>
                        <th scope="col">Because of</th>
                      </tr>
                    </thead>
                    <tbody>
                      {[...blocked, ...rest].map((edge, index) => (
                        <tr key={index} class={edge.verdict === 'blocked' && edge.decision !== 'DROP' ? 'is-drop' : undefined}>
                          <td>
                            <EndName end={edge.client} />
                            <br />→ <EndName end={edge.server} />{' '}
                            <span class="dim">
                              {edge.server_port ?? ''}/{edge.protocol}
                            </span>
                          </td>
                          <td>
                            {edge.before && <span class="dim">{edge.before} → </span>}
                            <span class={`badge ${edge.verdict === 'blocked' ? 'is-drop' : edge.verdict === 'allowed' ? 'is-good' : 'is-warn'}`}>
                              {edge.verdict}
                            </span>
                            {edge.decision === 'DROP' && (
                              <>
                                <br />
                                <span class="dim">was dropped</span>
                              </>
                            )}
                          </td>
                          <td class="num">
                            <a
                              title={`Flows of ${endText(edge.client)} → ${endText(edge.server)}`}
                              href={href('flows', { filter: between(edge.client, edge.server, edge.server_port, edge.protocol) })}
                            >
                              {count(edge.flows)}
                            </a>
                          </td>
                          <td>{minute(edge.last_seen, zone.value)}</td>
                          <td class="dim">
                            {edge.blocked_by?.map(by => (
                              <div key={by.direction} title={by.policies.join(', ')}>
                                {by.direction}: {because(by.policies)}
                              </div>
                            ))}
                          </td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </Scroll>
              )}
              {replay.unused_rules.length > 0 && !isDiff && (
                <p class="dim more">
                  {of(replay.unused_rules.length, 'rule')} that nothing needed: {replay.unused_rules.map(rule => `${rule.policy} ${rule.field}`).join(', ')}
                </p>
              )}
              <div class="more">
                <Covered meta={{ ...meta, cut: totals.cut }} />
              </div>
            </>
          )
        }}
      </Shown>
    </section>
  )
}

/** The policies that select a pod and do not let a flow through; of many the first. */
const because = (policies: string[]): string =>
  policies.length === 0 ? 'no policy lets it in' : policies.length <= 2 ? policies.join(', ') : `${policies[0]} and ${policies.length - 1} others`

const Figure = ({ name, value, note, isBad }: { name: string; value: number; note: string; isBad?: boolean }) => (
  <div class="figure">
    <span class="name">{name}</span>
    <span class={`value${isBad ? (value > 0 ? ' drop' : ' good') : ''}`}>{count(value)}</span>
    <span class="note">{note}</span>
  </div>
)
