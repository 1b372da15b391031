import { ProxyError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import type { QuotaGrant, QuotaRequest, QuotaStore } from './quota-store.ts'
import { TokenBucket } from './token-bucket.ts'

export interface MemoryQuotaStoreOptions {
  /**
   * Keys that are remembered; beyond, the one that has not been asked for longest begins anew.
   * @default LIMITS.maxQuotaKeys
   */
  readonly maxKeys?: number
}

/** Counts in this process; in a Worker, in this isolate. It answers at once. */
export class MemoryQuotaStore implements QuotaStore {
  readonly isShared = false
  readonly #maxKeys: number
  /** The one that has not been asked for longest comes first. */
  readonly #buckets = new Map<string, TokenBucket>()

  /** @throws INVALID_ARGUMENT when `maxKeys` is no whole number from 1 up */
  constructor({ maxKeys = LIMITS.maxQuotaKeys }: MemoryQuotaStoreOptions = {}) {
    if (!Number.isInteger(maxKeys) || maxKeys < 1) {
      const state = `maxKeys is "${String(maxKeys)}", expected a whole number from 1 up`
      throw new ProxyError('INVALID_ARGUMENT', `Cannot create MemoryQuotaStore: ${state}`)
    }
    this.#maxKeys = maxKeys
  }

  /** How many keys are remembered. */
  get keyCount(): number {
    return this.#buckets.size
  }

  take({ key, rule, count, least, nowMs }: QuotaRequest): QuotaGrant {
    return this.#bucket(key, rule.initial, nowMs).take(rule, count, least, nowMs)
  }

  give({ key, rule, count, nowMs }: Omit<QuotaRequest, 'least'>): void {
    this.#bucket(key, rule.initial, nowMs).give(rule, count, nowMs)
  }

  reset(key: string): void {
    this.#buckets.delete(key)
  }

  #bucket(key: string, initial: number, nowMs: number): TokenBucket {
    const known = this.#buckets.get(key)
    const bucket = known ?? new TokenBucket(initial, nowMs)
    if (known !== undefined) this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    if (this.#buckets.size > this.#maxKeys) {
      const [oldest] = this.#buckets.keys()
      this.#buckets.delete(oldest as string)
    }
    return bucket
  }
}
