import { api, ask, type Answer } from '../api/client'
import type { Problem } from '../api/problem'
import type { Field, Vocabulary } from '../lib/filter'
import { FilterInput } from './filter-input'

/** Values that are few; all others are texts. */
const words: Record<string, string[]> = { severity: ['0', '1', '2', '3', '4', '5', '6', '7'] }

/** The fields of events, whose names the server says; what they are compared by is the language's. */
async function vocabulary(signal: AbortSignal): Promise<Answer<Vocabulary>> {
  const { data, meta } = await ask(api.GET('/api/v1/secureEvents/filters', { signal }))
  const fields = data.map(
    (name): Field => ({ name, aliases: [], operators: ['=', '!=', 'in', 'not in', 'exists'], values: '', words: words[name] ?? [], counted: false }),
  )
  return { data: { fields, prefixes: [], keywords: ['and', 'or', 'not'] }, meta }
}

/** A filter of events, whose fields are others than those of flows. */
export const EventFilter = (given: { value: string; onApply: (filter: string) => void; problem?: Problem }) => (
  <FilterInput {...given} load={vocabulary} placeholder={'Filter: severity in ("3") and kubernetes.namespace.name = "shop"'} />
)
