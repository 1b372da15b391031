import { CHARACTER_TABLE } from './character-table.ts'

const COLON = 0x3a
const OPENING_BRACKET = 0x5b
const MAX_PORT_DIGITS = 5
const IPV6_LITERAL = /^\[[0-9A-Fa-f]*:[0-9A-Fa-f:.]+\](?::\d{0,5})?$/

/**
 * Whether bytes are a Host field: a name or an address with an optional port (RFC 9110 7.2, RFC 3986 3.2.2). The empty
 * value is one (RFC 9112 3.2).
 */
export function isHost(buffer: Uint8Array, start: number, end: number): boolean {
  if (buffer[start] === OPENING_BRACKET && start < end) {
    return IPV6_LITERAL.test(String.fromCharCode(...buffer.subarray(start, end)))
  }
  let i = start
  while (i < end && CHARACTER_TABLE.hostName[buffer[i] as number] === 1) i++
  if (i === end) return true
  if (buffer[i] !== COLON || end - i > MAX_PORT_DIGITS + 1) return false
  while (++i < end) {
    const digit = (buffer[i] as number) - 48
    if (digit < 0 || digit > 9) return false
  }
  return true
}
