/**
 * Which header fields belong to one connection and are not forwarded (RFC 9110 7.6.1). All that write heads ask here.
 */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
])

/** Fields that a Connection field cannot take away: they decide where a message goes and where it ends. */
const NOT_REMOVABLE: ReadonlySet<string> = new Set(['content-length', 'host', 'transfer-encoding', 'via'])

/** Whether a field, by its lower-case name, is never forwarded. */
export function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.has(name)
}

/** Whether a field that `Connection` names is removed with it; those that are never forwarded need no removing. */
export function isRemovable(name: string): boolean {
  return !NOT_REMOVABLE.has(name) && !HOP_BY_HOP.has(name)
}
