import { href } from '../../app/router'
import { kept } from './address'
import type { Opened } from './opened'

/** What is opened on the map, and the way back out. */
export function Crumbs({ opened: { namespace, workload } }: { opened: Opened }) {
  if (!namespace) return null
  const to = (params: Record<string, string | null>): string => href('map', { focus: null, more: null, ...params }, kept())
  return (
    <nav class="crumbs" aria-label="Opened on the map">
      <a href={to({ open: null, within: null })}>All namespaces</a>
      <span aria-hidden="true">›</span>
      {workload ? <a href={to({ within: null })}>{namespace.name}</a> : <strong aria-current="location">{namespace.name}</strong>}
      {workload && (
        <>
          <span aria-hidden="true">›</span>
          <strong aria-current="location">
            {workload.name} <span class="dim">{workload.kind}</span>
          </strong>
        </>
      )}
    </nav>
  )
}
