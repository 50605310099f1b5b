import { href, set } from '../../app/router'
import { about, between, endText, type End } from '../../lib/ends'
import { both } from '../../lib/filter'
import { more } from '../../lib/drill'
import { brief, of } from '../../lib/format'
import { outside, type MapGraph, type MapLink, type MapNode } from '../../lib/graph'
import { EndName } from '../../parts/end-name'
import { Panel } from '../../parts/states'
import { kept, Level } from './address'
import { open, type Opened } from './opened'

const deeper: Record<Level, Level | null> = { namespace: 'workload', workload: 'pod', pod: null }

/** The weaker ends of an opened one have no name that flows could be asked for by: all of theirs and its own can. */
const asked = (end: End): End => (end.kind === more ? { kind: 'Namespace', namespace: '', name: end.namespace } : end)

function LinkRow({ link, graph, from: side, filter }: { link: MapLink; graph: MapGraph; from?: string; filter: string }) {
  const [client, server] = [graph.nodes.get(link.source)!, graph.nodes.get(link.target)!]
  const ports = [...link.ports]
  return (
    <li>
      <a
        href={href('flows', { filter: both(filter, between(asked(client), asked(server), null, null)) })}
        title={`${endText(client)} → ${endText(server)}: ${of(link.flows, 'flow')}${link.dropped ? `, ${link.dropped} dropped` : ''}`}
      >
        <span class="what">
          {side === link.source ? (
            <>
              → <EndName end={server} />
            </>
          ) : side === link.target ? (
            <>
              ← <EndName end={client} />
            </>
          ) : (
            <>
              <EndName end={client} /> → <EndName end={server} />
            </>
          )}
          <span class="dim">
            {' '}
            {ports.slice(0, 2).join(', ')}
            {ports.length > 2 && ` +${ports.length - 2}`}
          </span>
        </span>
        <span class="much">
          {link.change && <span class={`badge ${link.change === 'new' ? 'is-good' : 'is-accent'}`}>{link.change}</span>}{' '}
          {link.dropped > 0 && <span class="drop">{brief(link.dropped)} of </span>}
          {brief(link.flows)}
        </span>
      </a>
    </li>
  )
}

function Links({ links, graph, side, filter }: { links: MapLink[]; graph: MapGraph; side?: string; filter: string }) {
  const shown = links.slice(0, 60)
  return (
    <>
      <ol class="bars">
        {shown.map(link => (
          <LinkRow key={`${link.source} ${link.target}`} link={link} graph={graph} from={side} filter={filter} />
        ))}
      </ol>
      {links.length > shown.length && <p class="dim">{of(links.length - shown.length, 'more', 'more')}, weaker ones</p>}
    </>
  )
}

export function Strongest({ graph, filter }: { graph: MapGraph; filter: string }) {
  const marked = graph.links.filter(link => link.change)
  return (
    <>
      {marked.length > 0 && (
        <Panel title={`New and gone (${marked.length})`}>
          <Links links={marked} graph={graph} filter={filter} />
        </Panel>
      )}
      <Panel title="Strongest connections">
        <Links links={graph.links.filter(link => link.change !== 'gone')} graph={graph} filter={filter} />
      </Panel>
    </>
  )
}

/** What can be opened in place, for who cannot see or use the map: namespaces, or the workloads of the one that is opened. */
export function Within({ graph, opened, isWithin }: { graph: MapGraph; opened: Opened; isWithin: (end: End) => boolean }) {
  const { namespace, workload } = opened
  const inside = [...graph.nodes.values()].filter(isWithin).sort((one, other) => other.flows - one.flows)
  const title = workload ? `Pods of ${workload.name}` : namespace ? `Workloads of ${namespace.name}` : 'Namespaces'
  return (
    <Panel title={`${title} (${inside.filter(node => node.kind !== more).length})`}>
      <ol class="bars within">
        {inside.slice(0, 200).map(node => (
          <li key={node.id}>
            <button
              type="button"
              class="quiet"
              onClick={() => {
                if (!open(node, opened)) set({ focus: node.id }, true)
              }}
            >
              <span class="what">{node.name}</span>
              <span class="much">{brief(node.flows)}</span>
            </button>
          </li>
        ))}
      </ol>
    </Panel>
  )
}

export function Chosen({
  node,
  graph,
  level,
  filter,
  open: openIt,
}: {
  node: MapNode
  graph: MapGraph
  level: Level
  filter: string
  open?: () => void
}) {
  const [out, into] = [graph.links.filter(link => link.source === node.id), graph.links.filter(link => link.target === node.id && link.source !== node.id)]
  const down = deeper[level]
  const end: End = { kind: node.kind, namespace: node.namespace, name: node.name }
  return (
    <Panel title={<EndName end={end} />} aside={<span class="badge">{node.group === outside ? 'outside' : node.kind}</span>}>
      <div class="row">
        <a class="button" href={href('who', { kind: end.kind === 'External' ? 'Address' : end.kind, namespace: end.namespace, name: end.name })}>
          All about it
        </a>
        {openIt && (end.kind === 'Namespace' || end.kind === more) && (
          <button type="button" onClick={openIt}>
            Open here
          </button>
        )}
        {down && end.kind !== 'External' && end.kind !== more && (
          <a class="button" href={href('map', { level: down, filter: both(filter, about(end)), focus: null }, kept())}>
            Its {down}s
          </a>
        )}
        <a class="button" href={href('flows', { filter: both(filter, about(end)) })}>
          Flows
        </a>
        <button type="button" onClick={() => set({ focus: null }, true)}>
          All of the map
        </button>
      </div>
      {out.length > 0 && (
        <>
          <h3 class="dim">It connects to {out.length}</h3>
          <Links links={out} graph={graph} side={node.id} filter={filter} />
        </>
      )}
      {into.length > 0 && (
        <>
          <h3 class="dim">{into.length} connect to it</h3>
          <Links links={into} graph={graph} side={node.id} filter={filter} />
        </>
      )}
    </Panel>
  )
}
