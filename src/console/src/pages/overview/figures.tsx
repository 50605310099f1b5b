import { api, ask } from '../../api/client'
import { href } from '../../app/router'
import { session } from '../../app/session'
import { useAnswer } from '../../app/use-answer'
import { from, resolved, to } from '../../app/window'
import { brief, count, share } from '../../lib/format'
import { before, iso } from '../../lib/time'
import { dropped } from './filters'

function useCount(filter: string, window: { from: string; to: string } | null) {
  return useAnswer(window && `count ${filter} ${window.from} ${window.to}`, signal =>
    ask(api.GET('/api/v1/flows/count', { params: { query: { from: window!.from, to: window!.to, ...(filter && { filter }) } }, signal })),
  )
}

export function Figures() {
  const window = { from: from.value, to: to.value }
  const earlier = resolved.value && before(resolved.value)
  const asked = earlier && { from: iso(earlier.from), to: iso(earlier.to) }
  const [all, drops, allBefore, dropsBefore] = [useCount('', window), useCount(dropped, window), useCount('', asked), useCount(dropped, asked)]
  const seen = useAnswer(`seen ${window.from} ${window.to}`, signal =>
    ask(api.GET('/api/v1/flows/timeseries', { params: { query: { ...window, metric: 'active' } }, signal })),
  )
  const talkers = useAnswer(`namespaces ${window.from} ${window.to}`, signal =>
    ask(api.GET('/api/v1/flows/top', { params: { query: { ...window, by: ['namespace'], limit: 1 } }, signal })),
  )
  const value = (asked: { answer?: { data: { flows: number } }; problem?: unknown }): string =>
    asked.answer ? brief(asked.answer.data.flows) : asked.problem ? '–' : '…'
  const change = (now?: number, then?: number): string => {
    if (now === undefined || then === undefined) return '\u00a0'
    const ratio = now / then
    // Of next to nothing no share says anything.
    return then < 50 || ratio > 10
      ? `${count(then)} in the window before`
      : Math.abs(ratio - 1) < 0.005
        ? 'as in the window before'
        : `${ratio > 1 ? '+' : '−'}${(100 * Math.abs(ratio - 1)).toFixed(0)} % on the window before`
  }
  const namespaces = talkers.answer ? talkers.answer.data.data.length + talkers.answer.data.other.groups : undefined
  const observations = seen.answer?.data.data.reduce((sum, point) => sum + (point.observations ?? 0), 0)
  return (
    <div class="figures">
      <a class="figure" href={href('flows')}>
        <span class="name">New flows</span>
        <span class="value">{value(all)}</span>
        <span class="note">{change(all.answer?.data.flows, allBefore.answer?.data.flows)}</span>
      </a>
      <a class="figure" href={href('flows', { filter: dropped })}>
        <span class="name">Dropped</span>
        <span class={`value${drops.answer?.data.flows ? ' drop' : ''}`}>{value(drops)}</span>
        <span class="note">{change(drops.answer?.data.flows, dropsBefore.answer?.data.flows)}</span>
      </a>
      <a class="figure" href={href('flows', { filter: dropped })}>
        <span class="name">Share dropped</span>
        <span class="value">{all.answer && drops.answer ? share(drops.answer.data.flows, all.answer.data.flows) : '…'}</span>
        <span class="note">of the new flows</span>
      </a>
      <a class="figure" href={href('flows', { order: 'desc' })}>
        <span class="name">Observations</span>
        <span class="value">{observations === undefined ? (seen.problem ? '–' : '…') : brief(observations)}</span>
        <span class="note">repeats included, by whole hours</span>
      </a>
      <a class="figure" href={href('map', { level: 'namespace' })}>
        <span class="name">Namespaces</span>
        <span class="value">{namespaces === undefined ? (talkers.problem ? '–' : '…') : count(namespaces)}</span>
        <span class="note">that reported flows</span>
      </a>
      <Kept />
    </div>
  )
}

function Kept() {
  const asked = useAnswer('retention', signal => ask(api.GET('/api/v1/flow-reports/retention', { signal })))
  const days = asked.answer?.data.result.days
  return (
    <a class="figure" href={session.isAdmin.value ? href('admin') : href('flows', { from: days ? `-${days}d` : null })}>
      <span class="name">Kept</span>
      <span class="value">{days === undefined ? (asked.problem ? '–' : '…') : `${days} d`}</span>
      <span class="note">by the day of arrival</span>
    </a>
  )
}
