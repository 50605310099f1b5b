export const Admin = () => <p>…</p>
