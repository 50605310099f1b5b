export const Severity = ({ of: severity }: { of: string }) => (
  <span class={`badge ${severity === 'ok' ? 'is-good' : severity === 'warning' ? 'is-warn' : 'is-drop'}`}>{severity}</span>
)
