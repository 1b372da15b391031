import { ProxyError } from '../../errors.ts'
import type { QuotaGrant } from './quota-store.ts'

/** What a store does while what it counts in does not answer. */
export interface AwayPolicyOptions {
  /**
   * `open`: everything is given, since an outage of the limit is to be none of the service; `closed`: nothing is, since
   * what is behind the limit would not stand it.
   * @default 'open'
   */
  readonly whenAway?: 'open' | 'closed'
  /** How long a question may take; then it counts as not answered. @default 500 */
  readonly timeoutMs?: number
  /** After a question that was not answered none is asked for this time. @default 1000 */
  readonly retryMs?: number
}

/** What an adapter gives to it. */
export interface AwaySurroundings {
  /** What may be away, for messages: `Redis`. */
  readonly name: string
  /** Is told once that it is away, and once that it is back. */
  readonly log: { error(message: string, error?: unknown): void; info(message: string): void }
  now(): number
  /** Calls back after a time, unless it is cancelled. */
  setTimer(callback: () => void, delayMs: number): { cancel(): void }
}

/**
 * Asks something that may be away, and stands in for its answer then. What was on its way when time was up is not asked
 * again, so it may have been counted.
 */
export class AwayPolicy {
  readonly #whenAway: 'open' | 'closed'
  readonly #timeoutMs: number
  readonly #retryMs: number
  readonly #surroundings: AwaySurroundings
  #isAway = false
  #retryAtMs = Number.NEGATIVE_INFINITY

  /** @throws INVALID_ARGUMENT for an option that it cannot use */
  constructor(options: AwayPolicyOptions, surroundings: AwaySurroundings) {
    const { whenAway = 'open', timeoutMs = 500, retryMs = 1000 } = options
    if (whenAway !== 'open' && whenAway !== 'closed') {
      throw refuse(`whenAway is "${String(whenAway)}", expected "open" or "closed"`)
    }
    requirePositive('timeoutMs', timeoutMs)
    requirePositive('retryMs', retryMs)
    this.#whenAway = whenAway
    this.#timeoutMs = timeoutMs
    this.#retryMs = retryMs
    this.#surroundings = surroundings
  }

  /** Whether the last question was not answered. */
  get isAway(): boolean {
    return this.#isAway
  }

  /**
   * Asks for tokens.
   * @param count that are given while it is away and that is open
   */
  async take(count: number, ask: () => Promise<QuotaGrant>): Promise<QuotaGrant> {
    return (await this.run(ask)) ?? this.#standIn(count)
  }

  /** Asks. @returns nothing when there was no answer */
  async run<T>(ask: () => Promise<T>): Promise<T | undefined> {
    const { now } = this.#surroundings
    if (this.#isAway && now() < this.#retryAtMs) return undefined
    // One tries whether it is back; all others go on as they do while it is away.
    if (this.#isAway) this.#retryAtMs = now() + this.#timeoutMs + this.#retryMs
    try {
      const answer = await this.#inTime(ask)
      this.#isBack()
      return answer
    } catch (error) {
      this.#isLost(error)
      return undefined
    }
  }

  #inTime<T>(ask: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const { setTimer } = this.#surroundings
      const giveUp = (): void =>
        reject(new ProxyError('RESPONSE_TIMEOUT', `no answer came within ${this.#timeoutMs} ms`))
      let timer = setTimer(() => {
        // Where this process was the one that had no time, the answer lies there, and has its turn first.
        timer = setTimer(giveUp, 0)
      }, this.#timeoutMs)
      ask()
        .finally(() => timer.cancel())
        .then(resolve, reject)
    })
  }

  #isBack(): void {
    if (!this.#isAway) return
    this.#isAway = false
    const { name, log } = this.#surroundings
    log.info(`${name} is back: quotas are counted there again`)
  }

  #isLost(error: unknown): void {
    const { name, log, now } = this.#surroundings
    this.#retryAtMs = now() + this.#retryMs
    if (this.#isAway) return
    this.#isAway = true
    const effect = this.#whenAway === 'open' ? 'everything passes' : 'nothing passes'
    const cause = error instanceof Error ? error.message : String(error)
    log.error(`Cannot count quotas in ${name}: ${cause}; until it is back ${effect}`, error)
  }

  #standIn(count: number): QuotaGrant {
    if (this.#whenAway === 'open') return { taken: count, remaining: 0, retryAfterMs: 0 }
    return { taken: 0, remaining: 0, retryAfterMs: this.#retryMs }
  }
}

function requirePositive(name: string, value: number): void {
  if (typeof value === 'number' && value > 0) return
  throw refuse(`${name} is "${String(value)}", expected a number above 0`)
}

function refuse(state: string): ProxyError {
  return new ProxyError('INVALID_ARGUMENT', `Cannot create a store for quotas: ${state}`)
}
