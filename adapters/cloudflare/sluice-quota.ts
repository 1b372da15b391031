import { DurableObject } from 'cloudflare:workers'
import { TokenBucket } from '../../src/algorithms/quota/token-bucket.ts'
import type { QuotaGrant, QuotaRequest } from '../../src/algorithms/quota/quota-store.ts'
import type { QuotaRule } from '../../src/algorithms/quota/quota-rule.ts'

/** What is stored. */
interface StoredBucket {
  readonly tokens: number
  readonly sinceMs: number
  /** From then on it need not be remembered. */
  readonly fullAtMs: number
}

const STORED = 'bucket'
/** Alarms come a little early or late. */
const ALARM_DELAY_MS = 1000

/**
 * A Durable Object that counts one key of a quota for all Workers, wherever they run: an object does one thing at a time, so
 * no two of them take the same token. A Worker that has a binding to it counts there with a DurableQuotaStore:
 *
 * ```ts
 * export { SluiceQuota } from 'sluice/cloudflare'
 * ```
 *
 * What it has counted is stored, since the platform ends an object that nobody asks for some seconds; a while after it is
 * full again the storage is emptied. Time is that of the machine it lives on.
 */
export class SluiceQuota<Env = unknown> extends DurableObject<Env> {
  #bucket: TokenBucket | undefined
  #hasAlarm = false

  /** Takes from `least` to `count`, or none. */
  async take(rule: QuotaRule, count: number, least: number): Promise<QuotaGrant> {
    const bucket = await this.#read(rule)
    const grant = bucket.take(rule, count, least, Date.now())
    if (grant.taken > 0) this.#write(bucket, rule)
    return grant
  }

  /** Adds `count`, as far as there is room. */
  async give(rule: QuotaRule, count: number): Promise<void> {
    const bucket = await this.#read(rule)
    bucket.give(rule, count, Date.now())
    this.#write(bucket, rule)
  }

  /** Begins anew. */
  async reset(): Promise<void> {
    this.#bucket = undefined
    await this.ctx.storage.deleteAll()
  }

  /** Forgets what is full again; what has been taken from since stays until it is. */
  override async alarm(): Promise<void> {
    this.#hasAlarm = false
    const stored = await this.ctx.storage.get<StoredBucket>(STORED)
    if (stored === undefined) return
    if (stored.fullAtMs <= Date.now()) await this.reset()
    else this.#setAlarm(stored.fullAtMs)
  }

  async #read({ initial }: QuotaRule): Promise<TokenBucket> {
    if (this.#bucket === undefined) {
      const stored = await this.ctx.storage.get<StoredBucket>(STORED)
      // Another call may have waited for the same.
      this.#bucket ??= new TokenBucket(stored?.tokens ?? initial, stored?.sinceMs ?? Date.now())
    }
    return this.#bucket
  }

  /** The platform lets no answer out before it is stored. */
  #write(bucket: TokenBucket, rule: QuotaRule): void {
    const { tokens, sinceMs } = bucket
    const fullAtMs = bucket.fullAtMs(rule)
    const stored: StoredBucket = { tokens, sinceMs, fullAtMs }
    void this.ctx.storage.put(STORED, stored)
    if (!this.#hasAlarm) this.#setAlarm(fullAtMs)
  }

  #setAlarm(atMs: number): void {
    this.#hasAlarm = true
    void this.ctx.storage.setAlarm(Math.max(Date.now(), atMs) + ALARM_DELAY_MS)
  }
}

/** Of a binding to a {@link SluiceQuota}: what is asked of it. */
export interface QuotaNamespace<Id = unknown> {
  idFromName(name: string): Id
  get(id: Id): {
    take(rule: QuotaRequest['rule'], count: number, least: number): Promise<QuotaGrant>
    give(rule: QuotaRequest['rule'], count: number): Promise<void>
    reset(): Promise<void>
  }
}
