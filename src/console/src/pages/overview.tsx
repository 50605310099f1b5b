import { Head } from '../app/shell'
import { resolved } from '../app/window'
import { length } from '../lib/time'
import { Figures } from './overview/figures'
import { OverTime } from './overview/over-time'
import { Talkers } from './overview/talkers'
import { Drops, NewEdges } from './overview/edges'
import { Health } from './overview/health'

/** What happened in the window, and whether the store is well; each number leads to its flows. */
export function Overview() {
  return (
    <>
      <Head title="Overview" sub={resolved.value ? length(resolved.value.to - resolved.value.from) : undefined} />
      <Figures />
      <OverTime />
      <div class="grid">
        <Talkers />
        <Drops />
        <NewEdges />
        <Health />
      </div>
    </>
  )
}
