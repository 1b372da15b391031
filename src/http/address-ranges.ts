import { ProxyError } from '../errors.ts'
import { parseIpAddress } from './ip-address.ts'

interface Range {
  readonly bytes: readonly number[]
  readonly prefixBits: number
}

/** Addresses and networks: `127.0.0.1`, `10.0.0.0/8`, `::1`, `fc00::/7` (RFC 4632, RFC 4291 2.3). */
export class AddressRanges {
  readonly #ranges: readonly Range[]

  /** @throws INVALID_ARGUMENT for what is no address and no network, with the value */
  constructor(ranges: readonly string[]) {
    this.#ranges = ranges.map(parseRange)
  }

  /** Whether one of them has the address in it. */
  has(bytes: readonly number[]): boolean {
    return this.#ranges.some((range) => isWithin(bytes, range))
  }
}

function parseRange(text: unknown): Range {
  const [address = '', prefix, ...rest] = String(text).split('/')
  const bytes = parseIpAddress(address)
  const longest = 8 * (bytes?.length ?? 0)
  // Of an IPv4 network that is written as an IPv6 one the prefix counts the bits in front as well.
  const before = longest === 32 && address.includes(':') ? 96 : 0
  const prefixBits = prefix === undefined ? longest : Number(prefix) - before
  const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && prefixBits >= 0 && prefixBits <= longest)
  if (bytes !== undefined && isPrefix && rest.length === 0) return { bytes, prefixBits }
  const expected = 'expected an address or a network, as 127.0.0.1, 10.0.0.0/8 or fc00::/7'
  throw new ProxyError('INVALID_ARGUMENT', `Cannot trust ${JSON.stringify(text)}: ${expected}`)
}

function isWithin(bytes: readonly number[], { bytes: network, prefixBits }: Range): boolean {
  if (bytes.length !== network.length) return false
  for (let i = 0, left = prefixBits; left > 0; i++, left -= 8) {
    const mask = left >= 8 ? 255 : 256 - 2 ** (8 - left)
    if (((bytes[i] as number) & mask) !== ((network[i] as number) & mask)) return false
  }
  return true
}
