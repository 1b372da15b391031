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

/**
 * Fields that a Connection field cannot take away: they decide where a message goes, where it ends and whether its body
 * is awaited, or say whom it comes from. A client that could have those removed which a proxy has added would come from
 * nowhere.
 */
const NOT_REMOVABLE: ReadonlySet<string> = new Set([
  'content-length',
  'expect',
  'forwarded',
  'host',
  'max-forwards',
  'transfer-encoding',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
])

/** Whether a field, by its lower-case name, is never forwarded. */
export function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.has(name)
}

/** Whether a field that `Connection` names is removed with it; those that are never forwarded need no removing. */
export function isRemovable(name: string): boolean {
  return !NOT_REMOVABLE.has(name) && !HOP_BY_HOP.has(name)
}
