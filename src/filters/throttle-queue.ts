import type { Quota } from '../algorithms/quota/quota.ts'
import type { QuotaGrant } from '../algorithms/quota/quota-store.ts'
import { ProxyError } from '../errors.ts'
import type { Timer, Transport } from '../transport.ts'
import { refuseThrottled, type ThrottleCause } from './refuse-throttled.ts'
import { ThrottleTurn, type TurnOwner } from './throttle-turn.ts'
import { WaitingTurns } from './waiting-turns.ts'

/** What a queue is told of the filter that it is for. */
export interface ThrottleQueueOptions {
  /** The filter's name, for messages. */
  readonly filter: string
  /** How many may wait. */
  readonly maxQueue: number
  /** How long; 0 is no limit. */
  readonly timeoutMs: number
  /** Of refusals. */
  readonly status: 429 | 503
  /** Time, timers, and whether one session may wake another. */
  readonly transport: Pick<Transport, 'now' | 'setTimer' | 'capabilities'>
  /** Told that nobody waits any more. */
  readonly onEmpty: () => void
}

/** How often a quota is asked that nobody tells of: where each request lives by itself. */
const POLL_MS = 50
/** Timers come a fraction of a millisecond early by the clock that says what is due. */
const SHORTEST_WAIT_MS = 1

/**
 * Those that want a share of one quota, at one filter position, for one key. A store that answers later is asked by one
 * question at a time, for all that wait by then: so the order holds, and many cost it little more than one.
 */
export class ThrottleQueue implements TurnOwner {
  readonly #quota: Quota
  readonly #key: string
  readonly #options: ThrottleQueueOptions
  readonly #turns = new WaitingTurns()
  readonly #timeouts = new Map<ThrottleTurn, Timer>()
  #isAsking = false
  #timer: Timer | undefined
  #dueMs = Number.POSITIVE_INFINITY
  #unsubscribe: (() => void) | undefined

  constructor(quota: Quota, key: string, options: ThrottleQueueOptions) {
    this.#quota = quota
    this.#key = key
    this.#options = options
  }

  /**
   * Begins with a question that has been asked already, and was not answered at once with what was wanted.
   * @returns the turn of who asked
   */
  begin(grant: QuotaGrant | Promise<QuotaGrant>, count: number, least: number, priority: number): ThrottleTurn {
    const turn = this.#wait(count, least, priority)
    if (grant instanceof Promise) this.#await(grant)
    else this.#askAfter(grant.retryAfterMs)
    return turn
  }

  /** Takes a place behind those that wait, and before those of a lower priority. */
  join(count: number, least: number, priority: number): ProxyError | ThrottleTurn {
    // While the store is being asked nobody knows yet whether there is too much.
    if (!this.#isAsking && this.#turns.count >= this.#options.maxQueue) {
      const refusal = this.#refuse('full', this.#untilTurnMs())
      if (!this.#turns.hasBelow(priority)) return refusal
      this.#settle(this.#turns.last as ThrottleTurn, refusal)
    }
    return this.#wait(count, least, priority)
  }

  leave(turn: ThrottleTurn): void {
    this.#remove(turn)
    this.#rest()
  }

  takeBack(count: number): void {
    this.#ignore(this.#quota.produce(count, this.#key, this.#options.transport.now()))
  }

  /** The proxy stops: nobody waits any longer. */
  stop(): void {
    for (const turn of [...this.#turns]) this.#settle(turn, this.#refuse('stopping', Number.POSITIVE_INFINITY))
    this.#rest()
  }

  #wait(count: number, least: number, priority: number): ThrottleTurn {
    const { timeoutMs, transport } = this.#options
    const turn = new ThrottleTurn(this, count, least, priority)
    this.#turns.add(turn)
    if (timeoutMs > 0) {
      const giveUp = (): void => {
        this.#settle(turn, this.#refuse('late', this.#untilTurnMs()))
        this.#rest()
      }
      this.#timeouts.set(turn, transport.setTimer(giveUp, timeoutMs))
    }
    if (transport.capabilities.sharedSockets) {
      this.#unsubscribe ??= this.#quota.subscribe(this.#key, () => this.#pump())
    }
    return turn
  }

  #ask(count: number, least: number): QuotaGrant | Promise<QuotaGrant> {
    return this.#quota.take(count, { key: this.#key, least, nowMs: this.#options.transport.now() })
  }

  #pump(): void {
    while (!this.#isAsking) {
      const { first } = this.#turns
      if (first === undefined) break
      this.#stopTimer()
      let count = 0
      for (const turn of this.#turns) count += turn.count
      let grant: QuotaGrant | Promise<QuotaGrant>
      try {
        grant = this.#ask(count, first.least)
      } catch (error) {
        this.#fail(error)
        break
      }
      if (grant instanceof Promise) return this.#await(grant)
      if (!this.#share(grant)) return
    }
    this.#rest()
  }

  #await(grant: Promise<QuotaGrant>): void {
    this.#isAsking = true
    grant.then(
      (answer) => {
        this.#isAsking = false
        if (this.#share(answer)) this.#pump()
      },
      (error: unknown) => {
        this.#isAsking = false
        this.#fail(error)
      },
    )
  }

  /** Hands out what was given, in order. @returns whether there is more to ask for now */
  #share({ taken, retryAfterMs }: QuotaGrant): boolean {
    let left = taken
    for (const turn of [...this.#turns]) {
      if (left < turn.least) break
      const share = Math.min(left, turn.count)
      left -= share
      this.#settle(turn, share)
    }
    // Those that it was for have left, or it is too little for the next.
    if (left > 0) this.takeBack(left)
    if (retryAfterMs === 0 || this.#turns.count === 0) return true
    this.#trim(retryAfterMs)
    this.#askAfter(retryAfterMs)
    return false
  }

  #trim(retryAfterMs: number): void {
    const { maxQueue } = this.#options
    for (let { last } = this.#turns; last !== undefined && this.#turns.count > maxQueue; { last } = this.#turns) {
      this.#settle(last, this.#refuse(maxQueue < 1 ? 'used-up' : 'full', retryAfterMs))
    }
  }

  #askAfter(retryAfterMs: number): void {
    if (this.#turns.count === 0) return this.#rest()
    const { transport } = this.#options
    const isTold = retryAfterMs < Number.POSITIVE_INFINITY || transport.capabilities.sharedSockets
    const waitMs = isTold ? retryAfterMs : POLL_MS
    if (waitMs === Number.POSITIVE_INFINITY || this.#timer !== undefined) return
    this.#dueMs = transport.now() + waitMs
    this.#timer = transport.setTimer(() => this.#pump(), Math.max(SHORTEST_WAIT_MS, waitMs))
  }

  #fail(error: unknown): void {
    const failure = ProxyError.from(error, 'CALLBACK_FAILED', `Cannot ask the quota of ${this.#options.filter}`)
    for (const turn of [...this.#turns]) this.#settle(turn, failure)
    this.#rest()
  }

  #settle(turn: ThrottleTurn, outcome: number | ProxyError): void {
    this.#remove(turn)
    turn.settle(outcome)
  }

  #remove(turn: ThrottleTurn): void {
    this.#turns.delete(turn)
    this.#timeouts.get(turn)?.cancel()
    this.#timeouts.delete(turn)
  }

  /** Nobody waits: nothing is kept. */
  #rest(): void {
    if (this.#turns.count > 0) return
    this.#stopTimer()
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
    if (!this.#isAsking) this.#options.onEmpty()
  }

  #stopTimer(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#dueMs = Number.POSITIVE_INFINITY
  }

  /** When one that comes now might have its turn; Infinity where nobody knows. */
  #untilTurnMs(): number {
    const { limit, perMs } = this.#quota.rule
    return Math.max(0, this.#dueMs - this.#options.transport.now()) + ((this.#turns.count + 1) * perMs) / limit
  }

  #refuse(cause: ThrottleCause, retryAfterMs: number): ProxyError {
    return refuseThrottled(this.#options, cause, retryAfterMs)
  }

  #ignore(done: void | Promise<void>): void {
    // The store tells of its failure; for what passes here it is over.
    if (done instanceof Promise) done.catch(() => undefined)
  }
}
