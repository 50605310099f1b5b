import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import { bracketMatching, foldGutter, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language'
import { lintGutter, setDiagnostics } from '@codemirror/lint'
import { EditorState } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { useEffect, useRef } from 'preact/hooks'

const look = EditorView.theme({
  '&': { fontSize: '12.5px', color: 'var(--text)', backgroundColor: 'transparent', maxHeight: '64vh' },
  '.cm-content': { fontFamily: 'var(--mono)', caretColor: 'var(--text)' },
  '.cm-scroller': { overflow: 'auto', lineHeight: '1.5', minHeight: '300px' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--dim)', border: '0' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--sunken)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-selectionBackground, &.cm-focused .cm-selectionBackground': { backgroundColor: 'var(--accent-soft) !important' },
  '.cm-tooltip': { backgroundColor: 'var(--raised)', border: '1px solid var(--line)', color: 'var(--text)' },
})

const colours = syntaxHighlighting(
  HighlightStyle.define([
    { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent)' },
    { tag: [tags.string, tags.content], color: 'var(--text)' },
    { tag: [tags.comment, tags.lineComment], color: 'var(--dim)', fontStyle: 'italic' },
    { tag: [tags.number, tags.bool, tags.null], color: 'var(--warn)' },
    { tag: [tags.punctuation, tags.separator], color: 'var(--dim)' },
  ]),
)

/** An editor of YAML. It lives in a shadow tree: there its styles are sheets of the script, which the Content-Security-Policy takes, not elements. */
export function YamlEditor({
  value,
  onChange,
  fault,
  label,
}: {
  value: string
  onChange: (text: string) => void
  fault?: { line: number; message: string }
  label: string
}) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>()
  const changed = useRef(onChange)
  changed.current = onChange
  // What comes from outside is no edit.
  const shown = useRef(value)
  shown.current = value
  useEffect(() => {
    const root = host.current!.shadowRoot ?? host.current!.attachShadow({ mode: 'open' })
    const made = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: value,
        extensions: [
          lineNumbers(),
          foldGutter(),
          history(),
          drawSelection(),
          highlightActiveLine(),
          indentOnInput(),
          bracketMatching(),
          lintGutter(),
          yaml(),
          look,
          colours,
          // Tab leaves the editor behind Escape, as keyboards need it.
          keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
          EditorView.contentAttributes.of({ 'aria-label': label }),
          EditorView.updateListener.of(update => {
            if (update.docChanged && update.state.doc.toString() !== shown.current) changed.current(update.state.doc.toString())
          }),
        ],
      }),
    })
    // What scrolls can be reached by keys.
    made.scrollDOM.tabIndex = 0
    view.current = made
    return () => made.destroy()
  }, [])
  useEffect(() => {
    const made = view.current!
    if (made.state.doc.toString() !== value) made.dispatch({ changes: { from: 0, to: made.state.doc.length, insert: value } })
  }, [value])
  useEffect(() => {
    const { state } = view.current!
    const line = fault && fault.line >= 1 && fault.line <= state.doc.lines ? state.doc.line(fault.line) : undefined
    view.current!.dispatch(setDiagnostics(state, line ? [{ from: line.from, to: line.to, severity: 'error', message: fault!.message }] : []))
  }, [fault?.line, fault?.message, value])
  return <div class="editor" ref={host} />
}
