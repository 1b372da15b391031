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

/** The names by which kinds are told, as bytes: comparing characters of a text takes twice as long. */
const NAME = {
  te: toBytes('te'),
  host: toBytes('host'),
  expect: toBytes('expect'),
  upgrade: toBytes('upgrade'),
  forwarded: toBytes('forwarded'),
  xRealIp: toBytes('x-real-ip'),
  connection: toBytes('connection'),
  keepAlive: toBytes('keep-alive'),
  contentLength: toBytes('content-length'),
  http2Settings: toBytes('http2-settings'),
  proxyConnection: toBytes('proxy-connection'),
  transferEncoding: toBytes('transfer-encoding'),
  xForwarded: toBytes('x-forwarded-'),
  for: toBytes('for'),
  port: toBytes('port'),
  proto: toBytes('proto'),
} as const
const HYPHEN = 45
const UNDERSCORE = 95

/** Tells the kind of a field from its name's bytes, whatever their case, without making a string. */
export function fieldKind(buffer: Uint8Array, start: number, end: number): number {
  switch (end - start) {
    case 2:
      return equals(buffer, start, NAME.te) ? FIELD_KIND.te : FIELD_KIND.other
    case 4:
      return equals(buffer, start, NAME.host) ? FIELD_KIND.host : FIELD_KIND.other
    case 6:
      return equals(buffer, start, NAME.expect) ? FIELD_KIND.expect : FIELD_KIND.other
    case 7:
      return equals(buffer, start, NAME.upgrade) ? FIELD_KIND.upgrade : FIELD_KIND.other
    case 9:
      return equals(buffer, start, NAME.forwarded) || equalsWithHyphens(buffer, start, NAME.xRealIp)
        ? FIELD_KIND.forwarded
        : FIELD_KIND.other
    case 10:
      if (equals(buffer, start, NAME.connection)) return FIELD_KIND.connection
      return equals(buffer, start, NAME.keepAlive) ? FIELD_KIND.keepAlive : FIELD_KIND.other
    case 14:
      if (equals(buffer, start, NAME.contentLength)) return FIELD_KIND.contentLength
      return equals(buffer, start, NAME.http2Settings) ? FIELD_KIND.hopByHop : FIELD_KIND.other
    case 15:
      return isForwarded(buffer, start, NAME.for) ? FIELD_KIND.forwarded : FIELD_KIND.other
    case 16:
      if (equals(buffer, start, NAME.proxyConnection)) return FIELD_KIND.hopByHop
      return isForwarded(buffer, start, NAME.host) || isForwarded(buffer, start, NAME.port)
        ? FIELD_KIND.forwarded
        : FIELD_KIND.other
    case 17:
      if (isForwarded(buffer, start, NAME.proto)) return FIELD_KIND.forwarded
      return equals(buffer, start, NAME.transferEncoding) ? FIELD_KIND.transferEncoding : FIELD_KIND.other
    default:
      return FIELD_KIND.other
  }
}

function isForwarded(buffer: Uint8Array, start: number, name: Uint8Array): boolean {
  return equalsWithHyphens(buffer, start, NAME.xForwarded) && equals(buffer, start + NAME.xForwarded.length, name)
}

/** Takes an underscore for a hyphen, as the variables of CGI do. */
function equalsWithHyphens(buffer: Uint8Array, start: number, name: Uint8Array): boolean {
  for (let i = 0; i < name.length; i++) {
    const byte = buffer[start + i] as number
    if ((byte === UNDERSCORE ? HYPHEN : byte | 32) !== name[i]) return false
  }
  return true
}

/** The bytes are token characters already, so setting bit 5 makes capitals small and confuses nothing else here. */
function equals(buffer: Uint8Array, start: number, name: Uint8Array): boolean {
  for (let i = 0; i < name.length; i++) {
    if (((buffer[start + i] as number) | 32) !== name[i]) return false
  }
  return true
}

function toBytes(name: string): Uint8Array {
  return Uint8Array.from(name, (character) => character.charCodeAt(0))
}
