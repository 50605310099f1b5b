import { describe, expect, test } from 'vitest'
import { apply, both, complete, is, quote, tokens, type Vocabulary } from './filter'

const text = ['=', '!=', 'in', 'not in', 'contains', 'startsWith', 'exists']
const vocabulary: Vocabulary = {
  fields: [
    { name: 'pod', aliases: ['pod_name'], operators: text, values: 'a text', words: [], counted: true },
    {
      name: 'direction',
      aliases: ['traffic_type'],
      operators: ['=', '!=', 'in', 'not in', 'exists'],
      values: 'INGRESS or EGRESS',
      words: ['INGRESS', 'EGRESS'],
      counted: true,
    },
    { name: 'peer_port', aliases: [], operators: ['=', '!=', '<', '>'], values: 'a port', words: [], counted: true },
  ],
  prefixes: ['label.'],
  keywords: ['and', 'or', 'not'],
}

/** The completion where | stands. */
const at = (marked: string) => complete(marked.replace('|', ''), marked.indexOf('|'), vocabulary)
const texts = (marked: string) => at(marked).options.map(option => option.text)

describe('what could come next', () => {
  test('is a field at the begin, behind and, or, not and a parenthesis', () => {
    for (const marked of ['|', 'not |', '(|', 'pod = x and |', 'pod = x or (not |']) {
      expect(at(marked).kind, marked).toBe('field')
      expect(texts(marked)).toContain('direction')
    }
    expect(texts('pee|')).toEqual(['peer_port'])
    expect(texts('lab|')).toEqual(['label.'])
  })

  test('is an operator of the field, also by its other name and of a label', () => {
    expect(texts('peer_port |')).toEqual(['=', '!=', '<', '>'])
    expect(texts('traffic_type |')).toContain('exists')
    expect(texts('label.app con|')).toEqual(['contains'])
    expect(texts('nonsense |')).toEqual([])
  })

  test('is a value behind the operator and within a list', () => {
    expect(texts('direction = |')).toEqual(['INGRESS', 'EGRESS'])
    expect(texts('direction not in (INGRESS, e|')).toEqual(['EGRESS', 'INGRESS'])
    expect(at('pod = "web |').typed).toBe('web ')
    expect(at('pod = we|').field?.name).toBe('pod')
  })

  test('is a join behind a comparison', () => {
    expect(texts('pod = x |')).toEqual(['and', 'or'])
    expect(texts('direction in (INGRESS) |')).toEqual(['and', 'or'])
    expect(texts('pod exists a|')).toEqual(['and'])
  })

  test('replaces the whole word that the cursor is in', () => {
    const filter = 'po = x'
    const completion = complete(filter, 1, vocabulary)
    expect(apply(filter, completion, 'pod ')).toEqual({ text: 'pod = x', cursor: 3 })
  })
})

test('values are quoted where they have to be', () => {
  expect(quote('web-1.example:80/tcp')).toBe('web-1.example:80/tcp')
  expect(quote('')).toBe('""')
  expect(quote('and')).toBe('"and"')
  expect(quote('a "b" \\c\n')).toBe('"a \\"b\\" \\\\c\\n"')
  expect(tokens(quote('a "b" \\c'))[0]!.text).toBe('a "b" \\c')
  expect(is('pod', 'x y')).toBe('pod = "x y"')
})

test('filters are joined so that both hold', () => {
  expect(both('', 'a = 1', undefined)).toBe('a = 1')
  expect(both('a = 1 or b = 2', 'c = 3')).toBe('(a = 1 or b = 2) and c = 3')
})
