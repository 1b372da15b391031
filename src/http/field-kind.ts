/**
 * The header fields that decide how a message is framed and forwarded. All others are opaque to the codec.
 */
export const FIELD_KIND = {
  other: 0,
  host: 1,
  contentLength: 2,
  transferEncoding: 3,
  connection: 4,
  expect: 5,
  /** Belongs to one connection and is never forwarded: Proxy-Connection, HTTP2-Settings. */
  hopByHop: 6,
  /** The same, but what it asks for may be asked of the next server. */
  upgrade: 7,
  /** The same: whether the sender takes trailers. */
  te: 8,
  /** The same: how long the sender keeps its connection. */
  keepAlive: 9,
  /**
   * Says for whom a request is forwarded: Forwarded, X-Forwarded-For, -Host, -Proto, -Port, X-Real-IP; the same with
   * underscores.
   */
  forwarded: 10,
} as const

const X_FORWARDED = 'x-forwarded-'
const HYPHEN = 45
const UNDERSCORE = 95

/** Tells the kind of a field from its name's bytes, whatever their case, without making a string. */
export function fieldKind(buffer: Uint8Array, start: number, end: number): number {
  switch (end - start) {
    case 2:
      return equals(buffer, start, 'te') ? FIELD_KIND.te : FIELD_KIND.other
    case 4:
      return equals(buffer, start, 'host') ? FIELD_KIND.host : FIELD_KIND.other
    case 6:
      return equals(buffer, start, 'expect') ? FIELD_KIND.expect : FIELD_KIND.other
    case 7:
      return equals(buffer, start, 'upgrade') ? FIELD_KIND.upgrade : FIELD_KIND.other
    case 9:
      return equals(buffer, start, 'forwarded') || equalsWithHyphens(buffer, start, 'x-real-ip')
        ? FIELD_KIND.forwarded
        : FIELD_KIND.other
    case 10:
      if (equals(buffer, start, 'connection')) return FIELD_KIND.connection
      return equals(buffer, start, 'keep-alive') ? FIELD_KIND.keepAlive : FIELD_KIND.other
    case 14:
      if (equals(buffer, start, 'content-length')) return FIELD_KIND.contentLength
      return equals(buffer, start, 'http2-settings') ? FIELD_KIND.hopByHop : FIELD_KIND.other
    case 15:
      return isForwarded(buffer, start, 'for') ? FIELD_KIND.forwarded : FIELD_KIND.other
    case 16:
      if (equals(buffer, start, 'proxy-connection')) return FIELD_KIND.hopByHop
      return isForwarded(buffer, start, 'host') || isForwarded(buffer, start, 'port')
        ? FIELD_KIND.forwarded
        : FIELD_KIND.other
    case 17:
      if (isForwarded(buffer, start, 'proto')) return FIELD_KIND.forwarded
      return equals(buffer, start, 'transfer-encoding') ? FIELD_KIND.transferEncoding : FIELD_KIND.other
    default:
      return FIELD_KIND.other
  }
}

function isForwarded(buffer: Uint8Array, start: number, name: string): boolean {
  return equalsWithHyphens(buffer, start, X_FORWARDED) && equals(buffer, start + X_FORWARDED.length, name)
}

/** Takes an underscore for a hyphen, as the variables of CGI do. */
function equalsWithHyphens(buffer: Uint8Array, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const byte = buffer[start + i] as number
    if ((byte === UNDERSCORE ? HYPHEN : byte | 32) !== name.charCodeAt(i)) return false
  }
  return true
}

/** The bytes are token characters already, so setting bit 5 makes capitals small and confuses nothing else here. */
function equals(buffer: Uint8Array, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    if (((buffer[start + i] as number) | 32) !== name.charCodeAt(i)) return false
  }
  return true
}
