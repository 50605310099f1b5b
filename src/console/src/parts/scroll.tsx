import type { ComponentChildren } from 'preact'

/** What is wider or longer than its place: it can be reached, and moved, by keys. */
export const Scroll = ({ label, kind = '', children }: { label: string; kind?: string; children: ComponentChildren }) => (
  <div class={`scroll ${kind}`} tabIndex={0} role="region" aria-label={label}>
    {children}
  </div>
)
