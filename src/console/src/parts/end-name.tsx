import type { End } from '../lib/ends'

/** An end by its name, its namespace beside it in small. */
export const EndName = ({ end }: { end: End }) => (
  <>
    {end.namespace && <span class="dim">{end.namespace}/</span>}
    {end.name}
  </>
)
