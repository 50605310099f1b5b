import { useEffect, useState } from 'preact/hooks'
import { api, ask } from '../../api/client'
import { Problem } from '../../api/problem'
import type { components } from '../../api/schema'
import { useAnswer } from '../../app/use-answer'
import { bytes, of } from '../../lib/format'
import { Panel, Shown, Trouble } from '../../parts/states'

type Preview = components['schemas']['RetentionPreview']

export function Retention() {
  const asked = useAnswer('retention', signal => ask(api.GET('/api/v1/flow-reports/retention', { signal })))
  const kept = asked.answer?.data.result.days
  const [days, setDays] = useState('')
  const [preview, setPreview] = useState<Preview>()
  const [problem, setProblem] = useState<Problem>()
  const [isBusy, setBusy] = useState(false)
  useEffect(() => {
    if (kept !== undefined) setDays(String(kept))
  }, [kept])
  const wanted = /^\d{1,5}$/.test(days) && Number(days) >= 1 && Number(days) <= 36500 ? Number(days) : null
  const attempt = async (what: () => Promise<void>): Promise<void> => {
    setBusy(true)
    setProblem(undefined)
    try {
      await what()
    } catch (cause) {
      setProblem(cause instanceof Problem ? cause : new Problem(0, 'It could not be done', String(cause)))
    } finally {
      setBusy(false)
    }
  }
  const look = () =>
    attempt(async () => {
      const { data } = await ask(api.GET('/api/v1/flow-reports/retention', { params: { query: { dry_run: wanted! } } }))
      setPreview(data.result as Preview)
    })
  const change = () =>
    attempt(async () => {
      await ask(api.PUT('/api/v1/flow-reports/retention', { body: { days: wanted! } }))
      setPreview(undefined)
      asked.retry()
    })
  return (
    <Panel title="Retention" span={6}>
      <Shown asked={asked} lines={3}>
        {() => (
          <form
            class="stack"
            onSubmit={event => {
              event.preventDefault()
              if (wanted && wanted !== kept) void look()
            }}
          >
            <p>
              Flows are kept for <strong>{kept} days</strong>, by the day on which they arrived.
            </p>
            <div class="row">
              <label class="row">
                Keep{' '}
                <input
                  class="short"
                  type="text"
                  inputMode="numeric"
                  value={days}
                  aria-invalid={wanted === null}
                  onInput={event => {
                    setDays(event.currentTarget.value)
                    setPreview(undefined)
                  }}
                />{' '}
                days
              </label>
              <button type="submit" disabled={!wanted || wanted === kept || isBusy}>
                See what would go
              </button>
            </div>
            {wanted === null && <p class="drop">Whole days from 1 to 36,500.</p>}
            {preview && (
              <div class="stack" role="status">
                <p>
                  {preview.rows === 0 ? (
                    'Nothing would go now.'
                  ) : (
                    <>
                      <strong class="drop">{of(preview.rows, 'row')} would go at once</strong> ({bytes(preview.bytes)}, {of(preview.partitions, 'partition')}):
                      all that arrived before {preview.oldest_day}. They do not come back.
                    </>
                  )}
                </p>
                <div class="row">
                  <button type="button" class="primary" disabled={isBusy} onClick={() => void change()}>
                    Keep {wanted} days
                  </button>
                  <button type="button" onClick={() => setPreview(undefined)}>
                    Leave it
                  </button>
                </div>
              </div>
            )}
            {problem && <Trouble problem={problem} />}
          </form>
        )}
      </Shown>
    </Panel>
  )
}
