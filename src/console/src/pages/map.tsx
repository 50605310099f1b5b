export const MapPage = () => <p>…</p>
