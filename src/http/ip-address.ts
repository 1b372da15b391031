/** The bytes of an IP address, 4 or 16: what its text says, however it is written (RFC 4291 2.2). */

const DECIMAL = /^(?:0|[1-9]\d{0,2})$/
const GROUP = /^[0-9A-Fa-f]{1,4}$/
const GROUPS = 8
/** ::ffff:0:0/96, the form in which sockets of both families show an IPv4 peer. */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255]

/**
 * Reads an address; an IPv4 address that is written as an IPv6 one is the IPv4 address.
 * @returns 4 or 16 bytes; undefined for what is no address
 */
export function parseIpAddress(text: string): readonly number[] | undefined {
  if (!text.includes(':')) return parseIpv4(text)
  const bytes = parseIpv6(text)
  const isMapped = bytes !== undefined && MAPPED.every((byte, i) => bytes[i] === byte)
  return isMapped ? bytes.slice(MAPPED.length) : bytes
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split('.')
  const isValid = parts.length === 4 && parts.every((part) => DECIMAL.test(part) && Number(part) <= 255)
  return isValid ? parts.map(Number) : undefined
}

function parseIpv6(text: string): number[] | undefined {
  // A zone, as in fe80::1%eth0, says where the address is valid, not which it is.
  const [address = ''] = text.split('%', 1)
  const halves = address.split('::')
  if (halves.length > 2) return undefined
  const first = parseGroups(halves[0] as string, halves.length === 1)
  if (halves.length === 1) return first?.length === 2 * GROUPS ? first : undefined
  const last = parseGroups(halves[1] as string, true)
  if (first === undefined || last === undefined || first.length + last.length > 2 * GROUPS - 2) return undefined
  return [...first, ...Array.from({ length: 2 * GROUPS - first.length - last.length }, () => 0), ...last]
}

/** @param isEnd whether the last group may be an IPv4 address */
function parseGroups(text: string, isEnd: boolean): number[] | undefined {
  if (text === '') return []
  const groups = text.split(':')
  const bytes: number[] = []
  for (const [i, group] of groups.entries()) {
    const ipv4 = isEnd && i === groups.length - 1 && group.includes('.') ? parseIpv4(group) : undefined
    if (ipv4 !== undefined) bytes.push(...ipv4)
    else if (!GROUP.test(group)) return undefined
    else bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255)
  }
  return bytes
}
