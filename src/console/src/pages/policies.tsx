import { useEffect, useRef, useState } from 'preact/hooks'
import { api, ask, type Answer } from '../api/client'
import type { components } from '../api/schema'
import { href, param, set } from '../app/router'
import { Head } from '../app/shell'
import { useAnswer } from '../app/use-answer'
import { from, resolved, to, zone } from '../app/window'
import { between, endText } from '../lib/ends'
import { is } from '../lib/filter'
import { count, of } from '../lib/format'
import { pack, unpack } from '../lib/pack'
import { offer } from '../lib/save'
import { length, minute, zoneName } from '../lib/time'
import { EndName } from '../parts/end-name'
import { Segments } from '../parts/segments'
import { Covered, Empty, Loading, Panel, Shown, Trouble } from '../parts/states'
import { YamlEditor } from '../parts/yaml-editor'
import { Scroll } from '../parts/scroll'

type Replay = components['schemas']['PolicyReplay']

/** While somebody types nothing is asked. */
const patience = 700

/** Policies proposed from what was seen, edited, and replayed over the flows of the window; two of them compared. */
export function Policies() {
  const [namespace, kind, name, isDiff] = [param('namespace'), param('kind'), param('name'), param('mode') === 'diff']
  const window = { from: from.value, to: to.value }
  const target = namespace ? { namespace, ...(kind && name && { kind, name }) } : null
  const proposal = useAnswer(target && `propose ${JSON.stringify([window, target])}`, signal =>
    ask<string>(api.GET('/api/v1/policies/proposal', { params: { query: { ...window, ...target! } }, headers: { Accept: 'application/yaml' }, parseAs: 'text', signal }) as never))
  const evidence = useAnswer<components['schemas']['PolicyProposal']>(proposal.answer && target ? `evidence ${JSON.stringify([window, target])}` : null, signal =>
    ask(api.GET('/api/v1/policies/proposal', { params: { query: { ...window, ...target! } }, headers: { Accept: 'application/json' }, signal }) as never))
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
        history.replaceState(null, '', `${location.pathname}${location.search}#yaml=${now}${earlier ? `&before=${earlier}` : ''}`))
    }, patience)
    return () => clearTimeout(timer)
  }, [text, before])

  const replay = useAnswer<Replay>(settled.text.trim() ? `replay ${isDiff} ${JSON.stringify([window, settled, namespace])}` : null, signal =>
    (isDiff
      ? ask(api.POST('/api/v1/policies/diff', {
        params: { query: { ...window, limit: 500, ...(namespace && { namespace }) } }, body: { before: settled.before || null, after: settled.text } as never, signal,
      }))
      : ask(api.POST('/api/v1/policies/replay', {
        params: { query: { ...window, limit: 500, show: 'blocked', ...(namespace && { namespace }) } }, body: settled.text as never,
        bodySerializer: (body: unknown) => body as string, headers: { 'Content-Type': 'application/yaml' }, signal,
      }))) as Promise<Answer<Replay>>)
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
        <Target namespace={namespace} kind={kind} name={name} onChange={() => { isEdited.current = false }} />
        <Segments label="View" name="mode" fallback="replay" options={[['replay', 'What it would block'], ['diff', 'Compare two']]} />
      </div>
      <div class="grid">
        <Panel title={isDiff ? 'After' : 'Policy'} span={6} aside={
          <div class="row">
            {proposal.answer && isEdited.current && <button type="button" onClick={reset}>As proposed</button>}
            {isDiff && text && <button type="button" onClick={() => setBefore(text)}>Take as before</button>}
            <button type="button" disabled={!text} onClick={() => offer(new Blob([text], { type: 'application/yaml' }), `${name || namespace || 'policies'}.yaml`)}>Download</button>
          </div>
        }>
          {proposal.problem && <Trouble problem={proposal.problem} retry={proposal.retry} />}
          {proposal.isLoading && target && !text ? <Loading lines={12} /> : <YamlEditor label="NetworkPolicy, YAML" value={text} onChange={edit} fault={fault} />}
          {!text && !target && <p class="dim">Choose a namespace, and one of its workloads, for a policy that lets through what was seen of it; or paste policies here.</p>}
        </Panel>
        {isDiff && <Panel title="Before" span={6}><YamlEditor label="NetworkPolicy before, YAML" value={before} onChange={next => { isEdited.current = true; setBefore(next) }} /></Panel>}
        <div class={`stack ${isDiff ? 'span-12' : 'span-6'}`}>
          {!settled.text.trim() ? <section class="panel"><Empty title="No policy yet">What it would block is shown here while you write.</Empty></section>
            : <Result asked={replay} isDiff={isDiff} />}
          {!isDiff && evidence.answer && <Evidence data={evidence.answer.data} />}
        </div>
      </div>
    </>
  )
}

function Target({ namespace, kind, name, onChange }: { namespace: string; kind: string; name: string; onChange: () => void }) {
  const window = { from: from.value, to: to.value }
  const namespaces = useAnswer(`namespaces ${JSON.stringify(window)}`, signal => ask(api.GET('/api/v1/flows/top', { params: { query: { ...window, by: ['namespace'], limit: 1000 } }, signal })))
  const workloads = useAnswer(namespace ? `workloads ${namespace} ${JSON.stringify(window)}` : null, signal =>
    ask(api.GET('/api/v1/flows/top', { params: { query: { ...window, by: ['workload_kind', 'workload'], filter: is('namespace', namespace), limit: 1000 } }, signal })))
  const known = (namespaces.answer?.data.data ?? []).map(row => String(row.namespace)).sort()
  const targets = (workloads.answer?.data.data ?? []).filter(row => row.workload).map(row => `${row.workload_kind}/${row.workload}`).sort()
  const chosen = kind && name ? `${kind}/${name}` : ''
  return (
    <>
      <label class="row">Namespace
        <select value={namespace} onChange={event => { onChange(); set({ namespace: event.currentTarget.value || null, kind: null, name: null }) }}>
          <option value="">choose</option>
          {namespace && !known.includes(namespace) && <option value={namespace}>{namespace}</option>}
          {known.map(one => <option key={one} value={one}>{one}</option>)}
        </select>
      </label>
      <label class="row">Workload
        <select value={chosen} disabled={!namespace} onChange={event => {
          onChange()
          const [nextKind, nextName] = event.currentTarget.value.split('/')
          set({ kind: nextKind || null, name: nextName ?? null })
        }}>
          <option value="">all of it</option>
          {chosen && !targets.includes(chosen) && <option value={chosen}>{chosen}</option>}
          {targets.map(one => <option key={one} value={one}>{one}</option>)}
        </select>
      </label>
    </>
  )
}

function Result({ asked, isDiff }: { asked: ReturnType<typeof useAnswer<Replay>>; isDiff: boolean }) {
  if (asked.problem?.line !== undefined) {
    return <section class="panel"><div class="state is-problem" role="alert"><h3>Line {asked.problem.line} cannot be taken</h3><p>{asked.problem.message}</p></div></section>
  }
  return (
    <section class="panel" aria-label="Result">
      <Shown asked={asked} lines={6}>{(replay, meta) => {
        const { totals } = replay
        const blocked = replay.edges.filter(edge => edge.verdict === 'blocked' && edge.decision !== 'DROP')
        const rest = replay.edges.filter(edge => !blocked.includes(edge))
        return (
          <>
            <div class="figures plain">
              {isDiff ? (
                <>
                  <Figure name="Newly blocked" value={totals.newly_blocked ?? 0} note="flows that were let through" isBad />
                  <Figure name="Newly allowed" value={totals.newly_allowed ?? 0} note="flows" />
                </>
              ) : (
                <>
                  <Figure name="Would be blocked" value={totals.let_through.blocked} note="flows that were let through" isBad />
                  <Figure name="Not known" value={totals.let_through.unknown} note="names, labels or ports are missing" />
                  <Figure name="Still let through" value={totals.let_through.allowed} note={`of ${of(totals.flows, 'flow')}`} />
                </>
              )}
            </div>
            {replay.warnings.length > 0 && <ul class="warnings">{replay.warnings.map((warning, index) => <li key={index} class="warn">Line {warning.line}, {warning.field}: {warning.problem}</li>)}</ul>}
            {replay.edges.length === 0 ? (
              <Empty title={isDiff ? 'No edge changes its verdict' : 'Nothing that ran would be blocked'}>Of the {of(totals.flows, 'flow')} of the window.</Empty>
            ) : (
              <Scroll label="Table of edges"><table>
                <thead><tr><th scope="col">Client</th><th scope="col">Server</th><th scope="col" class="num">Port</th><th scope="col">Verdict</th><th scope="col" class="num">Flows</th><th scope="col">Last, {zoneName(zone.value)}</th><th scope="col">Because of</th></tr></thead>
                <tbody>{[...blocked, ...rest].map((edge, index) => (
                  <tr key={index} class={edge.verdict === 'blocked' ? 'is-drop' : undefined}>
                    <td><EndName end={edge.client} /></td><td><EndName end={edge.server} /></td>
                    <td class="num">{edge.server_port ?? ''}/{edge.protocol}</td>
                    <td>{edge.before && <span class="dim">{edge.before} → </span>}<span class={`badge ${edge.verdict === 'blocked' ? 'is-drop' : edge.verdict === 'allowed' ? 'is-good' : 'is-warn'}`}>{edge.verdict}</span>{edge.decision === 'DROP' && <span class="dim"> was dropped</span>}</td>
                    <td class="num"><a title={`Flows of ${endText(edge.client)} → ${endText(edge.server)}`} href={href('flows', { filter: between(edge.client, edge.server, edge.server_port, edge.protocol) })}>{count(edge.flows)}</a></td>
                    <td>{minute(edge.last_seen, zone.value)}</td>
                    <td class="wrap dim">{edge.blocked_by?.map(by => `${by.direction}: ${by.policies.join(', ') || 'no policy lets it in'}`).join('; ')}</td>
                  </tr>
                ))}</tbody>
              </table></Scroll>
            )}
            {replay.unused_rules.length > 0 && !isDiff && (
              <p class="dim more">{of(replay.unused_rules.length, 'rule')} that nothing needed: {replay.unused_rules.map(rule => `${rule.policy} ${rule.field}`).join(', ')}</p>
            )}
            <div class="more"><Covered meta={{ ...meta, cut: totals.cut }} /></div>
          </>
        )
      }}</Shown>
    </section>
  )
}

const Figure = ({ name, value, note, isBad }: { name: string; value: number; note: string; isBad?: boolean }) => (
  <div class="figure"><span class="name">{name}</span><span class={`value${isBad ? (value > 0 ? ' drop' : ' good') : ''}`}>{count(value)}</span><span class="note">{note}</span></div>
)

/** What the proposal was made from: each of its rules, with its flows. */
function Evidence({ data }: { data: components['schemas']['PolicyProposal'] }) {
  return (
    <Panel title="What it comes from" flush aside={data.notes.length > 0 ? <span class="dim">{data.notes.join('; ')}</span> : undefined}>
      {data.warnings.length > 0 && <ul class="warnings">{data.warnings.map((warning, index) => <li key={index} class="warn">{warning.policy}: {warning.warning}</li>)}</ul>}
      <Scroll label="Table of evidence"><table>
        <thead><tr><th scope="col">Rule</th><th scope="col">Seen</th><th scope="col" class="num">Flows</th><th scope="col">First, {zoneName(zone.value)}</th><th scope="col">Last new</th></tr></thead>
        <tbody>{data.evidence.map((one, index) => (
          <tr key={index}>
            <td class="mono">{one.field}</td><td>{one.seen}{one.block && <span class="dim"> as {one.block}, {of(one.addresses, 'address', 'addresses')}</span>}</td>
            <td class="num">{count(one.flows)}</td><td>{one.first_seen && minute(one.first_seen, zone.value)}</td><td>{one.last_seen && minute(one.last_seen, zone.value)}</td>
          </tr>
        ))}</tbody>
      </table></Scroll>
    </Panel>
  )
}
