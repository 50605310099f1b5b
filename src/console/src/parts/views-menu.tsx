import { useState } from 'preact/hooks'
import { api, ask } from '../api/client'
import { Problem } from '../api/problem'
import type { components } from '../api/schema'
import { place } from '../app/router'
import { session } from '../app/session'
import { useAnswer } from '../app/use-answer'
import { isOfConsole, viewOf } from '../lib/views'
import { Popover } from './popover'
import { Shown } from './states'

type View = components['schemas']['SavedView']

/** Views that were kept by name, for everybody of this store: opened by all, kept and deleted by who administrates. */
export const ViewsMenu = () => <Popover label="Views">{close => <Views close={close} />}</Popover>

function Views({ close }: { close: () => void }) {
  const asked = useAnswer('views', signal => ask(api.GET('/api/v1/views', { signal })))
  const [problem, setProblem] = useState<Problem>()
  const attempt = async (what: () => Promise<unknown>): Promise<void> => {
    setProblem(undefined)
    try {
      await what()
    } catch (cause) {
      setProblem(cause instanceof Problem ? cause : new Problem(0, 'It could not be done', String(cause)))
    }
    asked.retry()
  }
  return (
    <div class="views">
      <Shown asked={asked} lines={3}>
        {({ views }) => (
          <div class="sheet-form">
            {views.length === 0 ? (
              <p class="dim">No view was kept yet.</p>
            ) : (
              <ul class="columns" aria-label="Kept views">
                {views.map(view => (
                  <Kept key={view.name} view={view} close={close} attempt={attempt} />
                ))}
              </ul>
            )}
            {session.isAdmin.value ? (
              <Keep views={views} attempt={attempt} />
            ) : (
              <p class="dim">Tokens with the role admin keep views. To send this one, send its address.</p>
            )}
          </div>
        )}
      </Shown>
      {problem && (
        <p class="drop" role="alert">
          {problem.message}
        </p>
      )}
    </div>
  )
}

function Kept({ view, close, attempt }: { view: View; close: () => void; attempt: (what: () => Promise<unknown>) => Promise<void> }) {
  const [isAsked, setAsked] = useState(false)
  const remove = () =>
    attempt(() =>
      ask(api.DELETE('/api/v1/views', { params: { query: { name: view.name } }, headers: { 'If-Match': `"${view.version}"` } })),
    )
  return (
    <li>
      {isOfConsole(view.address) ? (
        <a href={view.address} title={`${view.address}, kept by ${view.changed_by}`} onClick={close}>
          {view.name}
        </a>
      ) : (
        <span class="dim" title={view.address}>
          {view.name}: no address of the console
        </span>
      )}
      {session.isAdmin.value &&
        (isAsked ? (
          <>
            <button type="button" class="drop" onClick={() => void remove()}>
              Delete for all
            </button>
            <button type="button" class="quiet" onClick={() => setAsked(false)}>
              No
            </button>
          </>
        ) : (
          <button type="button" class="quiet" aria-label={`Delete ${view.name}`} onClick={() => setAsked(true)}>
            ×
          </button>
        ))}
    </li>
  )
}

function Keep({ views, attempt }: { views: View[]; attempt: (what: () => Promise<unknown>) => Promise<void> }) {
  const [name, setName] = useState('')
  const given = name.trim()
  const known = views.find(view => view.name === given)
  return (
    <form
      class="sheet-form"
      onSubmit={event => {
        event.preventDefault()
        if (!given) return
        void attempt(async () => {
          await ask(
            api.PUT('/api/v1/views', {
              body: { name: given, address: viewOf(place.value.page, place.value.params) },
              // What somebody else has made of it meanwhile is not written over.
              headers: known ? { 'If-Match': `"${known.version}"` } : { 'If-None-Match': '*' },
            }),
          )
          setName('')
        })
      }}
    >
      <label class="field">
        Keep what is shown as
        <input type="text" maxLength={80} value={name} onInput={event => setName(event.currentTarget.value)} />
      </label>
      <button type="submit" class="primary" disabled={!given}>
        {known ? 'Put this in its place' : 'Save view'}
      </button>
    </form>
  )
}
