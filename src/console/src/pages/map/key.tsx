import { isDark } from '../../app/theme'
import { type MapGraph } from '../../lib/graph'
import { groupColours } from '../../plots/graph-view'

export function Key({ graph, compares }: { graph?: MapGraph; compares: boolean }) {
  const groups = new Map<string, number>()
  for (const node of graph?.nodes.values() ?? []) groups.set(node.group, (groups.get(node.group) ?? 0) + node.flows)
  const colours = groupColours(graph, isDark())
  const largest = [...groups].sort((one, other) => other[1] - one[1]).slice(0, 10)
  return (
    <div class="meta">
      {largest.map(([group]) => (
        <span key={group}>
          <i class="swatch" style={{ background: colours.get(group) }} /> {group}
        </span>
      ))}
      {groups.size > largest.length && <span>{groups.size - largest.length} more</span>}
      <span>
        <i class="stroke is-drop" /> with drops
      </span>
      {compares && (
        <>
          <span>
            <i class="stroke is-new" /> new
          </span>
          <span>
            <i class="stroke is-gone" /> gone
          </span>
        </>
      )}
    </div>
  )
}
