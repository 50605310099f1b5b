import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { api, ask, type Answer } from '../api/client'
import type { Problem } from '../api/problem'
import { useAnswer } from '../app/use-answer'
import { from, to } from '../app/window'
import { apply, complete, quote, ranked, type Completion, type Vocabulary } from '../lib/filter'
import { brief } from '../lib/format'

const patience = 160
const known = new Map<string, { text: string; detail?: string; insert: string }[]>()

/** The values of a field that there are in the window, the most frequent first, as the server counts them. */
async function values(completion: Completion, signal: AbortSignal): Promise<Completion['options']> {
  const { field, typed } = completion
  if (!field?.counted) return []
  const operator = field.operators.includes('contains') ? 'contains' : undefined
  const filter = typed && operator ? `${field.name} ${operator} ${quote(typed)}` : undefined
  const key = JSON.stringify([field.name, typed, from.value, to.value])
  const before = known.get(key)
  if (before) return before
  const { data } = await ask(
    api.GET('/api/v1/flows/top', {
      params: { query: { from: from.value, to: to.value, by: [field.name as 'pod'], limit: 12, ...(filter && { filter }) } },
      signal,
    }),
  )
  const options = data.data.flatMap(row => {
    const value = row[field.name] as string | null
    return value === null ? [] : [{ text: value === '' ? '""' : value, detail: `${brief(row.flows)} flows`, insert: `${quote(value)} ` }]
  })
  const found = ranked(options, typed)
  known.set(key, found)
  return found
}

const ofFlows = (signal: AbortSignal): Promise<Answer<Vocabulary>> => ask(api.GET('/api/v1/flows/fields', { signal }))

/** A filter, with what could come next as it is typed, and the server's own word under the character where it is wrong. */
export function FilterInput({
  value,
  onApply,
  problem,
  placeholder = 'Filter: decision = DROP and not peer_ip in 10.0.0.0/8',
  load = ofFlows,
}: {
  value: string
  onApply: (filter: string) => void
  problem?: Problem
  placeholder?: string
  /** Asks for what the filter is made of: that of flows, unless it is of something else. */
  load?: (signal: AbortSignal) => Promise<Answer<Vocabulary>>
}) {
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useState(value)
  const [completion, setCompletion] = useState<Completion>()
  const [active, setActive] = useState(-1)
  const [scrolled, setScrolled] = useState(0)
  const vocabulary = useAnswer<Vocabulary>('fields', load)
  const asking = useRef<AbortController>()
  useEffect(() => {
    setText(value)
  }, [value])
  useEffect(() => () => asking.current?.abort(), [])
  // Before the next key is handled: who types fast must not find the cursor elsewhere.
  const placed = useRef<number | null>(null)
  useLayoutEffect(() => {
    if (placed.current === null) return
    input.current?.focus()
    input.current?.setSelectionRange(placed.current, placed.current)
    placed.current = null
  }, [text])

  const look = (now: string, cursor: number): void => {
    asking.current?.abort()
    if (!vocabulary.answer) return
    const found = complete(now, cursor, vocabulary.answer.data)
    setActive(-1)
    setCompletion(found)
    if (found.kind !== 'value' || !found.field?.counted) return
    const abort = (asking.current = new AbortController())
    setTimeout(() => {
      if (abort.signal.aborted) return
      values(found, abort.signal).then(
        // Without values the list is shorter; what is wrong with the server is said where its answer is missing.
        options => {
          if (!abort.signal.aborted) setCompletion({ ...found, options: options.length ? options : found.options })
        },
        () => undefined,
      )
    }, patience)
  }
  const close = (): void => {
    asking.current?.abort()
    setCompletion(undefined)
  }
  const take = (index: number): void => {
    if (!completion) return
    const next = apply(text, completion, completion.options[index]!.insert)
    placed.current = next.cursor
    setText(next.text)
    look(next.text, next.cursor)
  }
  const submit = (): void => {
    close()
    onApply(text.trim())
  }
  const onKey = (event: KeyboardEvent): void => {
    const options = completion?.options ?? []
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      if (!completion) look(text, input.current?.selectionStart ?? text.length)
      else if (options.length) setActive((active + (event.key === 'ArrowDown' ? 1 : active < 0 ? 0 : -1) + options.length) % options.length)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      if (active >= 0) take(active)
      else submit()
    } else if (event.key === 'Tab' && !event.shiftKey && completion && options.length && completion.typed && options[0]!.text !== completion.typed) {
      event.preventDefault()
      take(Math.max(0, active))
    } else if (event.key === 'Escape' && completion) {
      event.stopPropagation()
      close()
    } else if (event.key === ' ' && event.ctrlKey) {
      event.preventDefault()
      look(text, input.current?.selectionStart ?? text.length)
    }
  }
  const fault = problem?.parameter === 'filter' && value === text.trim() ? problem : undefined
  const isOpen = !!completion && completion.options.length > 0
  return (
    <div
      class="filter"
      onFocusOut={event => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) close()
      }}
    >
      <div class="box">
        <input
          ref={input}
          type="text"
          role="combobox"
          aria-label="Filter"
          aria-autocomplete="list"
          aria-expanded={isOpen}
          aria-controls={`${id}-list`}
          aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
          aria-invalid={!!fault}
          aria-describedby={fault ? `${id}-fault` : undefined}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          placeholder={placeholder}
          value={text}
          onInput={event => {
            setText(event.currentTarget.value)
            look(event.currentTarget.value, event.currentTarget.selectionStart ?? 0)
          }}
          onClick={event => look(text, event.currentTarget.selectionStart ?? 0)}
          onScroll={event => setScrolled(event.currentTarget.scrollLeft)}
          onKeyDown={onKey}
        />
        <button type="button" class="primary" onClick={submit}>
          Apply
        </button>
        {value && (
          <button
            type="button"
            onClick={() => {
              setText('')
              close()
              onApply('')
            }}
          >
            Clear
          </button>
        )}
      </div>
      {fault && (
        <div class="fault" id={`${id}-fault`} role="alert">
          {fault.position !== undefined && (
            <div class="caret" aria-hidden="true" style={{ textIndent: `${-scrolled}px` }}>{`${' '.repeat(fault.position)}▲`}</div>
          )}
          {sentence(fault)}
          {fault.suggestion && (
            <>
              {' '}
              <button
                type="button"
                class="quiet"
                onClick={() => {
                  const next = suggest(text, fault)
                  setText(next)
                  onApply(next)
                }}
              >
                Take {fault.suggestion}
              </button>
            </>
          )}
          {!fault.suggestion && fault.allowed && <span class="dim"> Allowed: {fault.allowed}.</span>}
        </div>
      )}
      <ul id={`${id}-list`} role="listbox" aria-label="What could come next" hidden={!isOpen}>
        {isOpen &&
          completion.options.map((option, index) => (
            <li
              key={option.text}
              id={`${id}-${index}`}
              role="option"
              aria-selected={active === index}
              onPointerDown={event => {
                event.preventDefault()
                take(index)
              }}
            >
              <code>{option.text}</code>
              <span class="dim">{option.detail}</span>
            </li>
          ))}
      </ul>
    </div>
  )
}

/** The text with the server's suggestion in place of the word that it does not know. */
function suggest(text: string, fault: Problem): string {
  const at = fault.position ?? 0
  const word = /^[^\s'"(),=!<>*\\]*/.exec(text.slice(at))![0]
  return text.slice(0, at) + fault.suggestion + text.slice(at + word.length)
}

/** What is wrong with it, without what is on the screen already. */
function sentence(fault: Problem): string {
  const said = (fault.message.split(' cannot be read: ')[1] ?? fault.message).split('. Allowed: ')[0]!
  return /[.?!]$/.test(said) ? said : `${said}.`
}
