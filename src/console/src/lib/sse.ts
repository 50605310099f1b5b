export interface ServerEvent {
  id?: string
  event: string
  data: string
}

/** Cuts a stream of text into server-sent events; what has not ended yet is kept for the next part. */
export function reader(): (part: string) => ServerEvent[] {
  let rest = ''
  return part => {
    rest += part
    const found: ServerEvent[] = []
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      const event: ServerEvent = { event: 'message', data: '' }
      const data: string[] = []
      for (const line of rest.slice(0, end).split('\n')) {
        const colon = line.indexOf(':')
        if (colon === 0) continue
        const [name, value] = colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')]
        if (name === 'id') event.id = value
        else if (name === 'event') event.event = value
        else if (name === 'data') data.push(value)
      }
      event.data = data.join('\n')
      rest = rest.slice(end + 2)
      found.push(event)
    }
    return found
  }
}
