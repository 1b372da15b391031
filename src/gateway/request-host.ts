/** The host that a Host field names, as routes compare it: without port and final dot, in lower case. */
export function requestHost(field: unknown): string {
  if (typeof field !== 'string') return ''
  const colon = field.lastIndexOf(':')
  const host = colon >= 0 && !field.endsWith(']') ? field.slice(0, colon) : field
  return (host.endsWith('.') ? host.slice(0, -1) : host).toLowerCase()
}
