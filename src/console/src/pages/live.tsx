export const Live = () => <p>…</p>
