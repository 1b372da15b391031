import { ProxyError } from '../errors.ts'
import { AddressRanges } from './address-ranges.ts'
import { parseIpAddress } from './ip-address.ts'
import type { MessageHead } from './message-head.ts'

const STYLES = ['x-forwarded', 'forwarded', 'both'] as const
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const X_FORWARDED: readonly string[] = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto']
const FORWARDED: readonly string[] = ['forwarded']
/** RFC 7239 4: elements of pairs. What does not end as it began would take what is added to it for its own. */
const PAIR = /[!#$%&'*+.^_`|~0-9A-Za-z-]+=(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+|"(?:[^"\\]|\\.)*")/.source
const ELEMENTS = new RegExp(`^(?:${PAIR})?[ \\t]*(?:[,;][ \\t]*(?:${PAIR}[ \\t]*)?)*$`)

/** Which fields are written, and whose are believed. */
export interface ForwardedSettings {
  readonly style?: (typeof STYLES)[number]
  readonly trustedProxies?: readonly string[]
}

/**
 * Tells upstreams for whom a request is forwarded: X-Forwarded-For, -Host and -Proto, or Forwarded (RFC 7239). What a
 * request says about that already is believed only of peers that are known; of all others it is taken out, together
 * with X-Forwarded-Port and X-Real-IP, which upstreams believe as well. Names with underscores, as X_Forwarded_For, are
 * the same names to an upstream that knows fields by the variables of CGI (RFC 3875 4.1.18): they are taken out of all.
 */
export class ForwardedRules {
  readonly #hasXForwarded: boolean
  readonly #hasForwarded: boolean
  readonly #trusted: AddressRanges
  /** Fields that are written anew, whoever the peer is. */
  readonly #written: ReadonlySet<string>

  /** @throws INVALID_ARGUMENT for an unknown style and for what is no network, with the value */
  constructor({ style = 'x-forwarded', trustedProxies = [] }: ForwardedSettings = {}) {
    if (!STYLES.includes(style)) {
      const expected = STYLES.map((known) => `"${known}"`).join(', ')
      throw new ProxyError('INVALID_ARGUMENT', `Cannot forward in style ${JSON.stringify(style)}: expected ${expected}`)
    }
    if (!Array.isArray(trustedProxies)) {
      const given = JSON.stringify(trustedProxies)
      throw new ProxyError('INVALID_ARGUMENT', `Cannot trust proxies ${given}: expected a list of networks`)
    }
    this.#hasXForwarded = style !== 'forwarded'
    this.#hasForwarded = style !== 'x-forwarded'
    this.#trusted = new AddressRanges(trustedProxies)
    this.#written = new Set([...(this.#hasXForwarded ? X_FORWARDED : []), ...(this.#hasForwarded ? FORWARDED : [])])
  }

  /**
   * The head as everybody behind sees it.
   * @param remoteAddress of the peer; empty where the runtime does not tell
   * @param isEncrypted whether the request came by https
   */
  apply<H extends MessageHead>(head: H, remoteAddress: string, isEncrypted = false): H {
    const bytes = parseIpAddress(remoteAddress)
    const isTrusted = bytes !== undefined && this.#trusted.has(bytes)
    const peer = bytes === undefined ? '' : bytes.length === 4 ? bytes.join('.') : remoteAddress.replace(/%.*$/, '')
    const earlier = (name: string): string | undefined =>
      isTrusted && head.hasForwardedLines ? head.field(name) : undefined
    const protocol = isEncrypted ? 'https' : 'http'
    let lines = ''
    if (this.#hasXForwarded) lines += xForwardedLines(head, peer, protocol, earlier)
    if (this.#hasForwarded) lines += forwardedLine(head, peer, protocol, earlier('forwarded'))
    return head.withForwarded((name) => !isTrusted || name.includes('_') || this.#written.has(name), lines) as H
  }
}

function xForwardedLines(
  head: MessageHead,
  peer: string,
  protocol: string,
  earlier: (name: string) => string | undefined,
): string {
  const clients = [earlier('x-forwarded-for'), peer].filter((address) => address !== undefined && address !== '')
  const host = earlier('x-forwarded-host') || head.host
  let lines = clients.length === 0 ? '' : `X-Forwarded-For: ${clients.join(', ')}\r\n`
  if (host !== undefined && host !== '') lines += `X-Forwarded-Host: ${host}\r\n`
  return `${lines}X-Forwarded-Proto: ${earlier('x-forwarded-proto') || protocol}\r\n`
}

/** RFC 7239 4: the element of this proxy comes last. */
function forwardedLine(head: MessageHead, peer: string, protocol: string, earlier: string | undefined): string {
  // RFC 7239 6: an IPv6 address stands in brackets, and so in quotes; who is not known is "unknown".
  const node = peer.includes(':') ? `"[${peer}]"` : peer === '' ? 'unknown' : peer
  const { host } = head
  const hostPair = host === undefined || host === '' ? '' : `;host=${TOKEN.test(host) ? host : `"${host}"`}`
  const element = `for=${node}${hostPair};proto=${protocol}`
  const isBelieved = earlier !== undefined && earlier !== '' && ELEMENTS.test(earlier)
  return `Forwarded: ${isBelieved ? `${earlier}, ` : ''}${element}\r\n`
}
