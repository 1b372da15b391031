import { Cache } from '../../algorithms/cache.ts'
import { LIMITS } from '../../limits.ts'

const DEFAULT_TTL_MS = 3_600_000

/** Which key is at which target, for as long as the keys come again. */
export class StickyKeys {
  readonly #addresses: Cache<string, string>
  #now: () => number = () => 0

  constructor(options: { readonly ttlMs?: number | undefined; readonly maxKeys?: number | undefined }) {
    const { ttlMs = DEFAULT_TTL_MS, maxKeys = LIMITS.maxBalancerTags } = options
    const size = Number.isFinite(maxKeys) ? maxKeys : 0
    this.#addresses = new Cache({ size, ttlMs, now: () => this.#now() })
  }

  /** Takes the time from this clock. */
  use(now: () => number): void {
    this.#now = now
  }

  /** The address of the target that a key is at. */
  get(key: string): string | undefined {
    return this.#addresses.get(key)
  }

  /** A key is at a target, seen just now. */
  set(key: string, address: string): void {
    this.#addresses.set(key, address)
  }
}
