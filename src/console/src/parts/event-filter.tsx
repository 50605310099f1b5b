import { useEffect, useState } from 'preact/hooks'
import type { Problem } from '../api/problem'

/** A filter of events, whose fields are others than those of flows; what is wrong with it is said below. */
export function EventFilter({ value, onApply, problem }: { value: string; onApply: (filter: string) => void; problem?: Problem }) {
  const [text, setText] = useState(value)
  useEffect(() => {
    setText(value)
  }, [value])
  const isFault = problem?.status === 400
  return (
    <form
      class="filter"
      onSubmit={event => {
        event.preventDefault()
        onApply(text.trim())
      }}
    >
      <div class="box">
        <input
          type="text"
          aria-label="Filter"
          aria-invalid={isFault}
          spellcheck={false}
          autocomplete="off"
          value={text}
          placeholder={'Filter: severity in ("3") and kubernetes.namespace.name = "shop"'}
          onInput={event => setText(event.currentTarget.value)}
        />
        <button type="submit" class="primary">
          Apply
        </button>
        {value && (
          <button type="button" onClick={() => onApply('')}>
            Clear
          </button>
        )}
      </div>
    </form>
  )
}
