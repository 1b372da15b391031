import type { StickyByCookie } from '../../algorithms/service/sticky-options.ts'
import type { Target } from '../../algorithms/service/target.ts'
import { LIMITS } from '../../limits.ts'
import { CookieKeys } from './cookie-keys.ts'

/** A longer value is none of ours. */
const MAX_VALUE_LENGTH = 1_024
/** Of a code for an address, which is 22 characters: nobody can find another address with the same one. */
const CODE_LENGTH = 22
/** Cookies that are given out say the same time for so long. */
const MAX_RENEWAL_MS = 60_000

/** What a cookie of ours says. */
export interface VerifiedCookie {
  readonly address: string
  /** Infinity for one without an end. */
  readonly expiresMs: number
  /** Whether the first secret signed it. */
  readonly isCurrent: boolean
}

/** A cookie for a target, ready to be given out. */
interface IssuedCookie {
  readonly value: string
  readonly madeMs: number
}

/**
 * The cookies of one service: signs one for each target, and knows those that were verified. A value is
 * `target.expiry.signature`: a code for the target, or its address; the time at which it ends, in seconds to the base of 36,
 * 0 for never; HMAC-SHA-256 of both, and of the names of service and cookie, so that one service's cookie is no other's.
 */
export class CookieBook {
  readonly name: string
  readonly ttlMs: number
  readonly #service: string
  readonly #options: StickyByCookie
  readonly #keys: CookieKeys
  readonly #renewalMs: number
  readonly #issued = new Map<string, IssuedCookie>()
  /** The targets' addresses by what cookies say in their place. */
  readonly #addresses = new Map<string, string>()
  readonly #verified = new Map<string, VerifiedCookie>()
  /** Those for whom there are cookies. */
  #targets: readonly Target[] = []
  #renewMs = 0

  constructor(service: string, options: StickyByCookie) {
    const { name = 'sluice-target', ttlMs = 0 } = options
    this.name = name
    this.ttlMs = ttlMs
    this.#service = service
    this.#options = options
    this.#keys = new CookieKeys(options.secrets)
    this.#renewalMs = Math.min(MAX_RENEWAL_MS, Math.max(1, ttlMs / 10))
  }

  /** Whether there is a cookie for each of these targets that may be given out now. */
  isReady(targets: readonly Target[], nowMs: number): boolean {
    return targets === this.#targets && nowMs < this.#renewMs
  }

  /** Signs what is missing for that. */
  async prepare(targets: readonly Target[], nowMs: number): Promise<void> {
    const addresses = new Set(targets.map(({ address }) => address))
    await Promise.all([...addresses].map((address) => this.#issue(address, nowMs)))
    for (const address of this.#issued.keys()) if (!addresses.has(address)) this.#issued.delete(address)
    for (const [code, address] of this.#addresses) if (!addresses.has(address)) this.#addresses.delete(code)
    this.#targets = targets
    this.#renewMs = this.ttlMs === 0 ? Number.POSITIVE_INFINITY : nowMs + this.#renewalMs
  }

  /** The cookie to give out for a target; undefined for one that is not prepared for. */
  issued(target: Target): string | undefined {
    return this.#issued.get(target.address)?.value
  }

  /** What a value says that was seen before; undefined for one that must be verified. */
  known(value: string): VerifiedCookie | undefined {
    return this.#verified.get(value)
  }

  /** Whether a value can be one of ours at all. */
  isPlausible(value: string): boolean {
    return value.length <= MAX_VALUE_LENGTH && /^[^.].*\.[\da-z]{1,9}\.[\w-]{43}$/.test(value)
  }

  /** What a value says; undefined for one that we have not signed, or that is about nobody we know. */
  async verify(value: string): Promise<VerifiedCookie | undefined> {
    const end = value.lastIndexOf('.')
    const text = value.slice(0, end)
    const index = await this.#keys.verify(this.#signed(text), value.slice(end + 1))
    if (index < 0) return undefined
    const middle = text.lastIndexOf('.')
    const address = this.#addresses.get(text.slice(0, middle))
    if (address === undefined) return undefined
    const seconds = Number.parseInt(text.slice(middle + 1), 36)
    const expiresMs = seconds === 0 ? Number.POSITIVE_INFINITY : seconds * 1_000
    const cookie = { address, expiresMs, isCurrent: index === 0 }
    this.#remember(value, cookie)
    return cookie
  }

  async #issue(address: string, nowMs: number): Promise<void> {
    const before = this.#issued.get(address)
    if (before !== undefined && (this.ttlMs === 0 || nowMs - before.madeMs < this.#renewalMs)) return
    const code = await this.#learn(address)
    const seconds = this.ttlMs === 0 ? 0 : Math.ceil((nowMs + this.ttlMs) / 1_000)
    const text = `${code}.${seconds.toString(36)}`
    const value = `${text}.${await this.#keys.sign(this.#signed(text))}`
    this.#issued.set(address, { value, madeMs: nowMs })
    // It will come back, from all who get it.
    const expiresMs = seconds === 0 ? Number.POSITIVE_INFINITY : seconds * 1_000
    this.#remember(value, { address, expiresMs, isCurrent: true })
  }

  /** Notes what cookies say in place of an address. @returns what those say that are given out now */
  async #learn(address: string): Promise<string> {
    const revealed = encodeURIComponent(address)
    this.#addresses.set(revealed, address)
    const codes = await Promise.all(
      this.#options.secrets.map((_, i) => this.#keys.sign(`target\n${this.#service}\n${address}`, i)),
    )
    for (const code of codes) this.#addresses.set(code.slice(0, CODE_LENGTH), address)
    return this.#options.revealsAddress === true ? revealed : (codes[0] as string).slice(0, CODE_LENGTH)
  }

  #signed(text: string): string {
    return `cookie\n${this.#service}\n${this.name}\n${text}`
  }

  #remember(value: string, cookie: VerifiedCookie): void {
    this.#verified.set(value, cookie)
    if (this.#verified.size <= LIMITS.maxVerifiedCookies) return
    for (const oldest of this.#verified.keys()) {
      this.#verified.delete(oldest)
      return
    }
  }
}
