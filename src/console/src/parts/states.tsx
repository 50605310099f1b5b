import type { ComponentChildren } from 'preact'
import type { Meta } from '../api/client'
import type { Problem } from '../api/problem'
import { zone } from '../app/window'
import type { Asked } from '../app/use-answer'
import { brief, bytes } from '../lib/format'
import { minute, zoneName } from '../lib/time'

/** What went wrong, and what to do about it. */
export function Trouble({ problem, retry }: { problem: Problem; retry?: () => void }) {
  const advice =
    problem.status === 0
      ? 'Try again in a moment. When it stays away, look whether the server runs and answers at /health.'
      : problem.status === 401
        ? 'Sign in with a token of this server.'
        : problem.parameter
          ? undefined
          : problem.status === 403
            ? 'Sign in with a token that has the role, or ask whoever runs this server for one.'
            : problem.status === 422
              ? 'Choose a shorter window, or a filter that leaves less.'
              : problem.status === 429
                ? 'Too many questions at once, from here or with the same address. Wait for the others, then try again.'
                : problem.status === 503 || problem.status === 504
                  ? 'The store is not ready. It works again by itself; try again in a moment.'
                  : problem.status === 421
                    ? 'Ask a server with the role query.'
                    : undefined
  return (
    <div class="state is-problem" role="alert">
      <h3>{problem.title}</h3>
      <p>{problem.message}</p>
      {advice && <p>{advice}</p>}
      {retry && problem.status !== 400 && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  )
}

export const Empty = ({ title, children }: { title: string; children?: ComponentChildren }) => (
  <div class="state">
    <h3>{title}</h3>
    {children && <p>{children}</p>}
  </div>
)

export const Loading = ({ lines = 5 }: { lines?: number }) => (
  <div class="skeleton" role="status" aria-label="Loading">
    {Array.from({ length: lines }, (_, i) => (
      <i key={i} />
    ))}
  </div>
)

/** The window that an answer covers, what was read for it, and whether it is all. */
export function Covered({ meta }: { meta: Meta }) {
  return (
    <div class="meta">
      {meta.from && meta.to && (
        <span>
          {minute(meta.from, zone.value)} to {minute(meta.to, zone.value)} {zoneName(zone.value)}
        </span>
      )}
      {!!meta.rowsRead && (
        <span>
          {brief(meta.rowsRead)} rows read{meta.bytesRead ? ` (${bytes(meta.bytesRead)})` : ''}
        </span>
      )}
      <span>{meta.age !== undefined ? `kept, ${meta.age} s old` : `${meta.took} ms`}</span>
      <span>{meta.cut ? <span class="badge is-warn">cut: there is more</span> : 'complete'}</span>
    </div>
  )
}

/** One of loading, trouble, or what the answer is shown as; the old answer stays, dimmed, while a new one is waited for. */
export function Shown<T>({ asked, lines, children }: { asked: Asked<T>; lines?: number; children: (data: T, meta: Meta) => ComponentChildren }) {
  if (asked.problem) return <Trouble problem={asked.problem} retry={asked.retry} />
  if (!asked.answer) return <Loading lines={lines} />
  return (
    <div class={asked.isLoading ? 'is-stale' : undefined} aria-busy={asked.isLoading}>
      {children(asked.answer.data, asked.answer.meta)}
    </div>
  )
}

export function Panel({
  title,
  aside,
  children,
  flush,
  span,
}: {
  title: ComponentChildren
  aside?: ComponentChildren
  children: ComponentChildren
  flush?: boolean
  span?: number
}) {
  return (
    <section class={`panel${span ? ` span-${span}` : ''}`}>
      <header>
        <h2>{title}</h2>
        {aside}
      </header>
      <div class={`body${flush ? ' flush' : ''}`}>{children}</div>
    </section>
  )
}
