import { useEffect, useRef, useState } from 'preact/hooks'
import { api, ask, type Answer } from '../api/client'
import type { components } from '../api/schema'
import { param } from '../app/router'
import { Head } from '../app/shell'
import { useAnswer } from '../app/use-answer'
import { from, resolved, to } from '../app/window'
import { pack, unpack } from '../lib/pack'
import { offer } from '../lib/save'
import { length } from '../lib/time'
import { Segments } from '../parts/segments'
import { Empty, Loading, Panel, Trouble } from '../parts/states'
import { YamlEditor } from '../parts/yaml-editor'
import { Target } from './policies/target'
import { Result, Replay } from './policies/result'
import { Evidence } from './policies/evidence'

/** While somebody types nothing is asked. */
const patience = 700

/** Policies proposed from what was seen, edited, and replayed over the flows of the window; two of them compared. */
export function Policies() {
  const [namespace, kind, name, isDiff] = [param('namespace'), param('kind'), param('name'), param('mode') === 'diff']
  const window = { from: from.value, to: to.value }
  const target = namespace ? { namespace, ...(kind && name && { kind, name }) } : null
  const proposal = useAnswer(target && `propose ${JSON.stringify([window, target])}`, signal =>
    ask<string>(
      api.GET('/api/v1/policies/proposal', {
        params: { query: { ...window, ...target! } },
        headers: { Accept: 'application/yaml' },
        parseAs: 'text',
        signal,
      }) as never,
    ),
  )
  const evidence = useAnswer<components['schemas']['PolicyProposal']>(
    proposal.answer && target ? `evidence ${JSON.stringify([window, target])}` : null,
    signal =>
      ask(api.GET('/api/v1/policies/proposal', { params: { query: { ...window, ...target! } }, headers: { Accept: 'application/json' }, signal }) as never),
  )
  const [text, setText] = useState('')
  const [before, setBefore] = useState('')
  const [settled, setSettled] = useState({ text: '', before: '' })
  const isEdited = useRef(false)

  // What an address brings comes before a proposal.
  useEffect(() => {
    const packed = new URLSearchParams(location.hash.slice(1))
    void Promise.all(['yaml', 'before'].map(part => (packed.get(part) ? unpack(packed.get(part)!) : null))).then(([now, earlier]) => {
      if (now) {
        isEdited.current = true
        setText(now)
      }
      if (earlier) setBefore(earlier)
    })
  }, [])
  useEffect(() => {
    if (!proposal.answer || isEdited.current) return
    setText(proposal.answer.data)
    setSettled(last => ({ ...last, text: proposal.answer!.data }))
  }, [proposal.answer])
  useEffect(() => {
    const timer = setTimeout(() => {
      setSettled({ text, before })
      if (!isEdited.current) return
      void Promise.all([pack(text), before ? pack(before) : '']).then(([now, earlier]) =>
        history.replaceState(null, '', `${location.pathname}${location.search}#yaml=${now}${earlier ? `&before=${earlier}` : ''}`),
      )
    }, patience)
    return () => clearTimeout(timer)
  }, [text, before])

  const replay = useAnswer<Replay>(
    settled.text.trim() ? `replay ${isDiff} ${JSON.stringify([window, settled, namespace])}` : null,
    signal =>
      (isDiff
        ? ask(
            api.POST('/api/v1/policies/diff', {
              params: { query: { ...window, limit: 500, ...(namespace && { namespace }) } },
              body: { before: settled.before || null, after: settled.text } as never,
              signal,
            }),
          )
        : ask(
            api.POST('/api/v1/policies/replay', {
              params: { query: { ...window, limit: 500, show: 'blocked', ...(namespace && { namespace }) } },
              body: settled.text as never,
              bodySerializer: (body: unknown) => body as string,
              headers: { 'Content-Type': 'application/yaml' },
              signal,
            }),
          )) as Promise<Answer<Replay>>,
  )
  const fault = replay.problem?.line !== undefined ? { line: replay.problem.line, message: replay.problem.message } : undefined
  const edit = (next: string): void => {
    isEdited.current = true
    setText(next)
  }
  const reset = (): void => {
    isEdited.current = false
    history.replaceState(null, '', location.pathname + location.search)
    setText(proposal.answer?.data ?? '')
  }
  return (
    <>
      <Head title="Policies" sub={`against the flows of ${resolved.value ? length(resolved.value.to - resolved.value.from) : 'the window'}`} />
      <div class="row">
        <Target
          namespace={namespace}
          kind={kind}
          name={name}
          onChange={() => {
            isEdited.current = false
          }}
        />
        <Segments
          label="View"
          name="mode"
          fallback="replay"
          options={[
            ['replay', 'What it would block'],
            ['diff', 'Compare two'],
          ]}
        />
      </div>
      <div class="grid">
        {isDiff && (
          <Panel title="Before" span={6} aside={!before && <span class="dim">nothing: then all was let through</span>}>
            <YamlEditor
              label="NetworkPolicy before, YAML"
              value={before}
              onChange={next => {
                isEdited.current = true
                setBefore(next)
              }}
            />
          </Panel>
        )}
        <Panel
          title={isDiff ? 'After' : 'Policy'}
          span={6}
          aside={
            <div class="row">
              {proposal.answer && isEdited.current && (
                <button type="button" onClick={reset}>
                  As proposed
                </button>
              )}
              {isDiff && text && (
                <button type="button" onClick={() => setBefore(text)}>
                  Take as before
                </button>
              )}
              <button
                type="button"
                disabled={!text}
                onClick={() => offer(new Blob([text], { type: 'application/yaml' }), `${name || namespace || 'policies'}.yaml`)}
              >
                Download
              </button>
            </div>
          }
        >
          {proposal.problem && <Trouble problem={proposal.problem} retry={proposal.retry} />}
          {proposal.isLoading && target && !text ? (
            <Loading lines={12} />
          ) : (
            <YamlEditor label="NetworkPolicy, YAML" value={text} onChange={edit} fault={fault} />
          )}
          {!text && !target && (
            <p class="dim">Choose a namespace, and one of its workloads, for a policy that lets through what was seen of it; or paste policies here.</p>
          )}
        </Panel>
        <div class={`stack ${isDiff ? 'span-12' : 'span-6'}`}>
          {!settled.text.trim() ? (
            <section class="panel">
              <Empty title="No policy yet">What it would block is shown here while you write.</Empty>
            </section>
          ) : (
            <Result asked={replay} isDiff={isDiff} />
          )}
          {!isDiff && evidence.answer && <Evidence data={evidence.answer.data} />}
        </div>
      </div>
    </>
  )
}
