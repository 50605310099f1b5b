export const Events = () => <p>…</p>
