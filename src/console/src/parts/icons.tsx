/** Drawn for this console, on a grid of 16; strokes take the text's colour. */
const shapes: Record<string, string> = {
  overview: 'M2 13.500h12M4 11V7.500M8 11V3M12 11V5.500',
  flows: 'M2 4h12M2 8h12M2 12h8',
  map: 'M4.2 5.2 11 3.8M4.6 6.3l3 5M11.2 5.4 8.8 11.2M3.5 3.6a1.5 1.5 0 1 0 .1 0M12.3 2.2a1.5 1.5 0 1 0 .1 0M8 11.3a1.5 1.5 0 1 0 .1 0',
  who: 'M8 2.500a2.700 2.700 0 1 0 .01 0M3 13.500c.5-3 2.500-4.300 5-4.300s4.500 1.300 5 4.300',
  live: 'M2 8h2.500l2-5 3 10 2-5H14',
  policies: 'M8 2 13 4v4c0 3-2 5-5 6-3-1-5-3-5-6V4ZM6 8l1.500 1.500L10.300 6.500',
  events: 'M8 2.500 14 13H2ZM8 6.500v3M8 11.200v.1',
  admin: 'M2.500 5h6M12 5h1.500M2.500 11H4M7.500 11h6M10.200 3.500a1.500 1.500 0 1 0 .01 0M5.700 9.500a1.500 1.500 0 1 0 .01 0',
  refresh: 'M13 8a5 5 0 1 1-1.600-3.700M13 2v3h-3',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  fit: 'M2.500 6V2.500H6M10 2.500h3.500V6M13.500 10v3.500H10M6 13.500H2.500V10',
}

export const Icon = ({ name }: { name: string }) => (
  <svg
    width="16"
    height="16"
    viewBox="0 0 16 16"
    fill="none"
    stroke="currentColor"
    stroke-width="1.500"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    <path d={shapes[name]} />
  </svg>
)

export const Logo = () => (
  <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="7" fill="#0f766e" />
    <g stroke="#fff" stroke-width="2" fill="none">
      <path d="M9 10.500 22 9M9.500 12l6 10M21.500 11.500 17 21.500" />
    </g>
    <g fill="#fff">
      <circle cx="8.500" cy="10" r="3" />
      <circle cx="23" cy="9" r="3" />
      <circle cx="16.300" cy="23" r="3.500" />
    </g>
  </svg>
)
