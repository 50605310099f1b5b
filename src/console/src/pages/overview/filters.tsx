export const dropped = 'decision = DROP'
