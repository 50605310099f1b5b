import { href, place } from '../app/router'

/** One of a few views, each an address. */
export function Segments({ label, name, options, fallback }: { label: string; name: string; options: [string, string][]; fallback: string }) {
  const chosen = place.value.params.get(name) ?? fallback
  return (
    <div class="segments" role="group" aria-label={label}>
      {options.map(([value, text]) => (
        <a
          key={value}
          aria-current={chosen === value}
          href={href(place.value.page, { [name]: value === fallback ? null : value }, [...place.value.params.keys()])}
        >
          {text}
        </a>
      ))}
    </div>
  )
}
