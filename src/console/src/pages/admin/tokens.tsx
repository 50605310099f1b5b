import { api, ask } from '../../api/client'
import { session } from '../../app/session'
import { useAnswer } from '../../app/use-answer'
import { zone } from '../../app/window'
import { dateTime, zoneName } from '../../lib/time'
import { Scroll } from '../../parts/scroll'
import { Empty, Panel, Shown } from '../../parts/states'

/** Which tokens this server takes, by role; never themselves. */
export function Tokens() {
  const asked = useAnswer('tokens', signal => ask(api.GET('/api/v1/admin/tokens', { signal })))
  return (
    <Panel title="Tokens" span={12} flush aside={asked.answer?.data.issuer && <span class="dim">and users of {asked.answer.data.issuer}</span>}>
      <Shown asked={asked} lines={3}>
        {({ tokens, open, problems }) => (
          <>
            {problems.map(problem => (
              <p key={problem} class="notice">
                {problem}. Its last tokens stay valid.
              </p>
            ))}
            {tokens.length === 0 ? (
              <Empty title={open ? 'Everybody may do everything' : 'There are no tokens'}>
                {open ? 'No token is set, and no issuer: whoever reaches this server reads, sends and clears.' : 'Users of the issuer are let in alone.'}
              </Empty>
            ) : (
              <Scroll label="Table of tokens" kind="low">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">Name</th>
                      <th scope="col">Roles</th>
                      <th scope="col">Last used here, {zoneName(zone.value)}</th>
                      <th scope="col">From</th>
                    </tr>
                  </thead>
                  <tbody>
                    {tokens.map(token => (
                      <tr key={token.name}>
                        <td>
                          <code>{token.name}</code> {token.name === session.who.value?.name && <span class="badge is-accent">this one</span>}
                        </td>
                        <td>{token.roles.join(', ')}</td>
                        <td>{token.last_used ? dateTime(token.last_used, zone.value) : <span class="dim">not since the start</span>}</td>
                        <td class="dim">{token.settings.join(', ')}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Scroll>
            )}
          </>
        )}
      </Shown>
    </Panel>
  )
}
