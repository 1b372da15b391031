import { ProxyError } from '../../errors.ts'
import { MemoryQuotaStore } from './memory-quota-store.ts'
import type { QuotaRule } from './quota-rule.ts'
import type { QuotaGrant, QuotaStore } from './quota-store.ts'

/** How a {@link Quota} is filled again, and where it is counted. */
export interface QuotaOptions {
  /** The time in which `limit` are added. @default Infinity: none are, but by `produce` */
  readonly perMs?: number | undefined
  /** The most that can be there at once, and so be taken at once. @default limit */
  readonly burst?: number | undefined
  /** How many are there at first. @default burst */
  readonly initial?: number | undefined
  /** `smooth`: one by one, evenly. `window`: together, after each `perMs` (Pipy's way). @default 'smooth' */
  readonly refill?: 'smooth' | 'window' | undefined
  /** Tells it from other quotas in the same store, which a shared one needs; without a colon. @default '' */
  readonly name?: string | undefined
  /** Where it is counted. @default a MemoryQuotaStore of its own */
  readonly store?: QuotaStore | undefined
  /** Milliseconds of a clock that never goes back. @default the transport's clock in filters, performance.now elsewhere */
  readonly now?: (() => number) | undefined
}

/** What is asked of a {@link Quota}. */
export interface QuotaTakeOptions {
  /** The client's, or of whatever is limited by itself. @default '' */
  readonly key?: string | undefined
  /** Fewer than this are not taken. @default all that are asked for */
  readonly least?: number | undefined
  /** The time, for a quota without a clock of its own. @default performance.now */
  readonly nowMs?: number | undefined
}

/**
 * So much of something in a time, for all or for each key: requests, bytes, connections (Pipy's `algo.Quota`). Full at
 * first; in any stretch of time no more than `burst` and what was added in it can be taken.
 *
 * ```ts
 * const requests = new algo.Quota(100, { perMs: 1000, burst: 200 })
 * if (requests.consume(1, clientAddress) === 0) return new Message({ status: 429 })
 * ```
 */
export class Quota {
  readonly rule: QuotaRule
  readonly #prefix: string
  readonly #store: QuotaStore
  readonly #now: (() => number) | undefined
  readonly #listeners = new Map<string, Set<() => void>>()

  /**
   * @param limit how many are added in `perMs`
   * @throws INVALID_ARGUMENT for what is no whole number from 1 up (`perMs`: no number above 0); for a shared store without
   * a name, or with a quota that is never filled again: what a process took that died would be lost for all
   */
  constructor(limit: number, options: QuotaOptions = {}) {
    const { perMs = Number.POSITIVE_INFINITY, burst = limit, initial = burst, refill = 'smooth' } = options
    const { name = '', store = new MemoryQuotaStore(), now } = options
    requireWhole('the limit', limit, 1)
    requireWhole('burst', burst, 1)
    requireWhole('initial', initial, 0)
    if (initial > burst) throw refuse(`initial is "${initial}", expected no more than burst, which is ${burst}`)
    if (typeof perMs !== 'number' || !(perMs > 0))
      throw refuse(`perMs is "${String(perMs)}", expected a number above 0`)
    if (refill !== 'smooth' && refill !== 'window') {
      throw refuse(`refill is "${String(refill)}", expected "smooth" or "window"`)
    }
    if (typeof name !== 'string' || name.includes(':')) {
      throw refuse(`name is "${String(name)}", expected text without a colon`)
    }
    if (store.isShared && name === '') throw refuse('it has no name, by which a shared store tells it from others')
    if (store.isShared && perMs === Number.POSITIVE_INFINITY) {
      throw refuse('perMs is missing, without which a shared store never fills it again')
    }
    this.rule = { limit, perMs, burst, initial, refill }
    this.#prefix = name === '' ? '' : `${name}:`
    this.#store = store
    this.#now = now
  }

  /** Whether other processes count in the same store. */
  get isShared(): boolean {
    return this.#store.isShared
  }

  /** How many were there at first. */
  get initial(): number {
    return this.rule.initial
  }

  /** How many are there now, without a key. @throws UNSUPPORTED when the store does not answer at once */
  get current(): number {
    return this.#atOnce(this.take(0)).remaining
  }

  /**
   * Takes as many as are there, at most `count`.
   * @returns how many
   * @throws UNSUPPORTED when the store does not answer at once: use `take`; INVALID_ARGUMENT as `take`
   */
  consume(count: number, key = ''): number {
    return this.#atOnce(this.take(count, { key, least: Math.min(1, count) })).taken
  }

  /**
   * Takes from `least` to `count`, or none; in a promise where the store gives one.
   * @throws INVALID_ARGUMENT when `count` is no whole number from 0 up, or more than `burst` would have to be there
   */
  take(count: number, { key = '', least = count, nowMs }: QuotaTakeOptions = {}): QuotaGrant | Promise<QuotaGrant> {
    requireWhole('count', count, 0)
    if (least > this.rule.burst) {
      const state = `${least} are never there at once: burst is ${this.rule.burst}`
      throw new ProxyError('INVALID_ARGUMENT', `Cannot take from Quota: ${state}`)
    }
    return this.#store.take({ key: this.#prefix + key, rule: this.rule, count, least, nowMs: this.#time(nowMs) })
  }

  /** Adds some, up to `burst`: those that were taken and not used, or a connection that is over. */
  produce(count: number, key = '', nowMs?: number): void | Promise<void> {
    requireWhole('count', count, 0)
    const given = this.#store.give({ key: this.#prefix + key, rule: this.rule, count, nowMs: this.#time(nowMs) })
    if (given instanceof Promise) return given.then(() => this.#tell(key))
    this.#tell(key)
  }

  /** Begins anew. */
  reset(key = ''): void | Promise<void> {
    const done = this.#store.reset(this.#prefix + key)
    if (done instanceof Promise) return done.then(() => this.#tell(key))
    this.#tell(key)
  }

  /**
   * Calls back when `produce` or `reset` of this object may have made room for a key.
   * @returns what ends that
   */
  subscribe(key: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(key) ?? new Set()
    this.#listeners.set(key, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(key) === listeners) this.#listeners.delete(key)
    }
  }

  #time(nowMs: number | undefined): number {
    return this.#now?.() ?? nowMs ?? performance.now()
  }

  #tell(key: string): void {
    const listeners = this.#listeners.get(key)
    if (listeners !== undefined) for (const listener of [...listeners]) listener()
  }

  #atOnce(grant: QuotaGrant | Promise<QuotaGrant>): QuotaGrant {
    if (!(grant instanceof Promise)) return grant
    // What it gives is nobody's; that it failed is told by the store.
    grant.catch(() => undefined)
    const state = 'its store answers later'
    throw new ProxyError('UNSUPPORTED', `Cannot take from Quota at once: ${state}; await take(count) instead`)
  }
}

function requireWhole(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return
  throw refuse(`${name} is "${String(value)}", expected a whole number from ${least} up`)
}

function refuse(state: string): ProxyError {
  return new ProxyError('INVALID_ARGUMENT', `Cannot use Quota: ${state}`)
}
