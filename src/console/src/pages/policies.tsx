export const Policies = () => <p>…</p>
