export const Who = () => <p>…</p>
