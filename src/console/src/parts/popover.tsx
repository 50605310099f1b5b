import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

/** A button with a sheet behind it: closed by Escape, by a click elsewhere, and by what is in it. */
export function Popover({
  label,
  children,
  left,
  name,
}: {
  label: ComponentChildren
  name?: string
  left?: boolean
  children: (close: () => void) => ComponentChildren
}) {
  const [isOpen, setOpen] = useState(false)
  const [box, button] = [useRef<HTMLDivElement>(null), useRef<HTMLButtonElement>(null)]
  useEffect(() => {
    if (!isOpen) return
    const leave = (event: Event): void => {
      if (!box.current?.contains(event.target as Node)) setOpen(false)
    }
    document.addEventListener('pointerdown', leave)
    box.current?.querySelector<HTMLElement>('.sheet input, .sheet a, .sheet button')?.focus()
    return () => document.removeEventListener('pointerdown', leave)
  }, [isOpen])
  const close = (): void => {
    setOpen(false)
    button.current?.focus()
  }
  return (
    <div
      class="popover"
      ref={box}
      onKeyDown={event => {
        if (event.key === 'Escape' && isOpen) {
          event.stopPropagation()
          close()
        }
      }}
    >
      <button type="button" ref={button} aria-expanded={isOpen} aria-label={name} onClick={() => setOpen(!isOpen)}>
        {label}
      </button>
      {isOpen && <div class={`sheet${left ? ' left' : ''}`}>{children(close)}</div>}
    </div>
  )
}
