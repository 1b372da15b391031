import { LIMITS } from '../limits.ts'

interface Learned {
  readonly limitMs: number
  readonly sinceMs: number
}

/**
 * How long an upstream connection may be idle and still be used again.
 *
 * An upstream that says how long it keeps connections (`Keep-Alive: timeout=5`) is left a margin of one second, or of half
 * the time when that is less: a request needs a way, and clocks differ. One that does not say is learned from: when it
 * closes a connection that was idle for a time, connections of the same key are given up after 80 % of that time from then
 * on. What was learned is never less than a second, so that an upstream that closes at random does not put an end to all
 * reuse, and it is forgotten after ten minutes, in case the upstream has changed its mind.
 */
export class IdleLimits {
  readonly #maxIdleMs: number
  readonly #nowMs: () => number
  /** By key, the oldest first. */
  readonly #learned = new Map<unknown, Learned>()
  /** By keys that are objects, client connections for one: they are somebody's own, and not kept alive by this. */
  readonly #learnedByObject = new WeakMap<object, Learned>()
  /** Most upstreams teach nothing: then nothing is looked up for each request. */
  #hasLearned = false

  /** @param maxIdleMs the longest time of all; 0 is no limit */
  constructor(maxIdleMs: number, nowMs: () => number) {
    this.#maxIdleMs = maxIdleMs > 0 ? maxIdleMs : Number.POSITIVE_INFINITY
    this.#nowMs = nowMs
  }

  /**
   * The time for a connection of the key.
   * @param keepAlive the value of the last answer's Keep-Alive field; empty without one
   * @returns 0 when the connection is not to be used again
   */
  limitFor(key: unknown, keepAlive: string): number {
    if (!this.#hasLearned && keepAlive === '') return this.#maxIdleMs
    const learned = isObject(key) ? this.#learnedByObject.get(key) : this.#learned.get(key)
    const isKnown = learned !== undefined && this.#nowMs() - learned.sinceMs <= LIMITS.learnedIdleMs
    const known = isKnown ? Math.min(this.#maxIdleMs, learned.limitMs) : this.#maxIdleMs
    return keepAlive === '' ? known : Math.min(known, toLimitMs(keepAlive))
  }

  /** The upstream closed a connection of the key that was idle for a time. */
  learn(key: unknown, idleMs: number): void {
    if (idleMs > this.#maxIdleMs) return
    this.#hasLearned = true
    const learned = { limitMs: Math.max(LIMITS.minLearnedIdleMs, 0.8 * idleMs), sinceMs: this.#nowMs() }
    if (isObject(key)) {
      this.#learnedByObject.set(key, learned)
      return
    }
    this.#learned.delete(key)
    this.#learned.set(key, learned)
    if (this.#learned.size <= LIMITS.maxLearnedKeys) return
    const [oldest] = this.#learned.keys()
    this.#learned.delete(oldest)
  }
}

function isObject(key: unknown): key is object {
  return (typeof key === 'object' && key !== null) || typeof key === 'function'
}

/** `timeout=5, max=100`: seconds, and requests that the connection still takes. */
function toLimitMs(keepAlive: string): number {
  const [, max] = /(?:^|[,\s])max\s*=\s*"?(\d{1,9})/i.exec(keepAlive) ?? []
  if (max !== undefined && Number(max) === 0) return 0
  const [, seconds] = /(?:^|[,\s])timeout\s*=\s*"?(\d{1,9})/i.exec(keepAlive) ?? []
  if (seconds === undefined) return Number.POSITIVE_INFINITY
  const timeoutMs = 1000 * Number(seconds)
  return Math.max(timeoutMs - 1000, timeoutMs / 2)
}
