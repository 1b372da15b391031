import { CHARACTER_TABLE } from './character-table.ts'

const WITH_PORT = /^[^:[\]]*(?::\d{0,5})?$/
const IPV6_LITERAL = /^\[[0-9A-Fa-f:.]+\](?::\d{0,5})?$/

/**
 * Whether bytes are a Host field: a name or an address with an optional port (RFC 9110 7.2, RFC 3986 3.2.2). The empty
 * value is one (RFC 9112 3.2).
 */
export function isHost(buffer: Uint8Array, start: number, end: number): boolean {
  let isPlain = true
  for (let i = start; i < end; i++) {
    const byte = buffer[i] as number
    if (CHARACTER_TABLE.host[byte] === 0) return false
    if (byte === 0x3a || byte === 0x5b || byte === 0x5d) isPlain = false
  }
  return isPlain || isAuthority(String.fromCharCode(...buffer.subarray(start, end)))
}

/** The same for text that consists of host characters. */
function isAuthority(text: string): boolean {
  return text.startsWith('[') ? IPV6_LITERAL.test(text) : WITH_PORT.test(text)
}
