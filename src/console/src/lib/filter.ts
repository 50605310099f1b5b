/** The filter language, as far as one who helps to write it has to know it. The server alone says what is right. */

export interface Field {
  name: string
  aliases: string[]
  operators: string[]
  values: string
  words: string[]
  counted: boolean
}

export interface Vocabulary {
  fields: Field[]
  prefixes: string[]
  keywords: string[]
}

interface Token {
  kind: 'word' | 'quoted' | 'symbol'
  text: string
  from: number
  to: number
  /** Whether a quoted text has its end. */
  closed: boolean
}

/** What could stand at a place, and what it would replace. */
export interface Completion {
  from: number
  to: number
  /** What is typed there already. */
  typed: string
  kind: 'field' | 'operator' | 'value' | 'join' | 'none'
  options: { text: string; detail?: string; insert: string }[]
  /** The field whose values are asked for. */
  field?: Field
}

const special = new Set([...`'"(),=!<>*\\`])

export function tokens(text: string): Token[] {
  const found: Token[] = []
  for (let at = 0; at < text.length;) {
    const c = text[at]!
    if (/\s/.test(c)) {
      at++
    } else if (c === '"' || c === "'") {
      let end = at + 1
      let value = ''
      while (end < text.length && text[end] !== c) {
        if (text[end] === '\\' && end + 1 < text.length) end++
        value += text[end++]
      }
      const closed = end < text.length
      found.push({ kind: 'quoted', text: value, from: at, to: closed ? end + 1 : end, closed })
      at = closed ? end + 1 : end
    } else if (special.has(c)) {
      const two = '!<>'.includes(c) && text[at + 1] === '='
      found.push({ kind: 'symbol', text: text.slice(at, at + (two ? 2 : 1)), from: at, to: at + (two ? 2 : 1), closed: true })
      at += two ? 2 : 1
    } else {
      let end = at
      while (end < text.length && !/\s/.test(text[end]!) && !special.has(text[end]!)) end++
      found.push({ kind: 'word', text: text.slice(at, end), from: at, to: end, closed: true })
      at = end
    }
  }
  return found
}

const words = new Set(['and', 'or', 'not', 'in', 'contains', 'startswith', 'starts', 'exists', 'null'])

/** A value as filters have it: bare where nothing could be mistaken, else in quotes. */
export function quote(value: string): string {
  if (/^[A-Za-z0-9._:/-]+$/.test(value) && !words.has(value.toLowerCase())) return value
  return `"${value.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t')}"`
}

/** Two filters of which both hold. */
export function both(...filters: (string | undefined | null)[]): string {
  const given = filters.filter((one): one is string => !!one && one.trim() !== '')
  return given.length < 2 ? (given[0] ?? '') : given.map(one => (/\bor\b/i.test(one) ? `(${one})` : one)).join(' and ')
}

export const is = (field: string, value: string): string => `${field} = ${quote(value)}`

export function fieldOf(name: string, vocabulary: Vocabulary): Field | undefined {
  const wanted = name.toLowerCase()
  return (
    vocabulary.fields.find(field => field.name.toLowerCase() === wanted || field.aliases.some(alias => alias.toLowerCase() === wanted)) ??
    (vocabulary.prefixes.some(prefix => wanted.startsWith(prefix) && wanted.length > prefix.length)
      ? { name, aliases: [], operators: ['=', '!=', 'in', 'not in', 'contains', 'startsWith', 'exists'], values: 'a text', words: [], counted: false }
      : undefined)
  )
}

/** The options that have what is typed, those that begin so first. */
export function ranked<T extends { text: string }>(options: T[], typed: string): T[] {
  const [part, begins] = [typed.toLowerCase(), (option: T) => Number(option.text.toLowerCase().startsWith(typed.toLowerCase()))]
  return options.filter(option => option.text.toLowerCase().includes(part)).sort((one, other) => begins(other) - begins(one))
}

type State = { expects: 'field' } | { expects: 'operator'; field?: Field } | { expects: 'value'; field?: Field; list: boolean } | { expects: 'join' }

/** What could stand where the cursor is. */
export function complete(text: string, cursor: number, vocabulary: Vocabulary): Completion {
  const all = tokens(text.slice(0, cursor))
  // The token that the cursor touches is the one that is being written; symbols are written at once.
  const last = all.at(-1)
  const current = last && last.to === cursor && (last.kind === 'word' || (last.kind === 'quoted' && !last.closed)) ? last : undefined
  const done = current ? all.slice(0, -1) : all
  const state = walk(done, vocabulary)
  const typed = current?.text ?? ''
  // What is behind the cursor and belongs to the same word is replaced too.
  const rest = current?.kind === 'word' ? /^[^\s'"(),=!<>*\\]*/.exec(text.slice(cursor))![0].length : 0
  const place = { from: current?.from ?? cursor, to: cursor + rest, typed }
  switch (state.expects) {
    case 'field':
      return {
        ...place,
        kind: 'field',
        options: ranked(
          [
            ...vocabulary.fields.map(field => ({ text: field.name, detail: field.values, insert: `${field.name} ` })),
            ...vocabulary.prefixes.map(prefix => ({ text: prefix, detail: 'a label by its key', insert: prefix })),
            { text: 'not', detail: 'the contrary', insert: 'not ' },
          ],
          typed,
        ),
      }
    case 'operator':
      return {
        ...place,
        kind: 'operator',
        field: state.field,
        options: ranked(
          (state.field?.operators ?? []).map(operator => ({ text: operator, insert: operator.endsWith('in') ? `${operator} (` : `${operator} ` })),
          typed,
        ),
      }
    case 'value':
      return {
        ...place,
        kind: 'value',
        field: state.field,
        options: ranked(
          (state.field?.words ?? []).map(word => ({ text: word, insert: state.list ? word : `${word} ` })),
          typed,
        ),
      }
    default:
      return {
        ...place,
        kind: 'join',
        options:
          typed === '' && cursor > 0 && text[cursor - 1] !== ' '
            ? []
            : ranked(
                [
                  { text: 'and', insert: 'and ' },
                  { text: 'or', insert: 'or ' },
                ],
                typed,
              ),
      }
  }
}

function walk(done: Token[], vocabulary: Vocabulary): State {
  let state: State = { expects: 'field' }
  for (let i = 0; i < done.length; i++) {
    const token = done[i]!
    const word = token.kind === 'quoted' ? '' : token.text.toLowerCase()
    switch (state.expects) {
      case 'field':
        if (word !== '(' && word !== 'not') state = { expects: 'operator', field: fieldOf(token.text, vocabulary) }
        break
      case 'operator':
        if (word === 'not') break
        if (word === 'starts') break
        state = word === 'exists' ? { expects: 'join' } : { expects: 'value', field: state.field, list: word === 'in' }
        break
      case 'value':
        if (state.list ? word === ')' : word !== '(') state = { expects: 'join' }
        break
      default:
        if (word === 'and' || word === 'or') state = { expects: 'field' }
    }
  }
  return state
}

/** Puts an option where it belongs; says where the cursor is then. */
export function apply(text: string, completion: Completion, insert: string): { text: string; cursor: number } {
  const behind = text.slice(completion.to)
  const whole = text.slice(0, completion.from) + (insert.endsWith(' ') && behind.startsWith(' ') ? insert.slice(0, -1) : insert)
  return { text: whole + behind, cursor: whole.length }
}
