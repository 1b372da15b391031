import { drawLogNormal } from './draw-log-normal.ts'
import { type EventQueue, SimulatedEvent } from './event-queue.ts'

/** Requests that a target works on at the same time. */
export const WORKERS = 2
/** Half of all requests take less, on a target that is well. */
export const MEDIAN_MS = 80
/** How much service times differ. */
export const SIGMA = 0.5
/** What a request takes on average. */
export const MEAN_MS = MEDIAN_MS * Math.exp(SIGMA ** 2 / 2)
/** Requests that wait for a worker; further ones are answered 503 at once. */
const MAX_QUEUE = 100
/** A connection that is refused, or a full queue, is known after the way there and back. */
const ROUND_TRIP_MS = 1
/** A request that fails has been worked on for so much of its time. */
const FAILURE_SHARE = 0.5

/** Who waits for a target. None of it is called inside `receive`, and one of it once. */
export interface TargetClient {
  answered(status: number): void
  /** There was no connection. */
  refused(): void
  /** The connection broke. */
  reset(): void
}

/** `refusing`: the process is gone, its machine says so. `silent`: the machine is gone, and nothing answers. */
export type TargetCondition = 'up' | 'refusing' | 'silent'

interface Worker {
  client: TargetClient | undefined
  status: number
  readonly done: SimulatedEvent
}

/**
 * A server: a queue and some workers. Like most servers it does not notice that a client has given up, and works on for
 * nobody.
 */
export class SimulatedTarget {
  readonly address: string
  /** Times as slow as it should be. */
  slowness = 1
  /** The share of its answers that are a 500. */
  failureShare = 0
  /** Requests that came to it, be there somebody to take them or not. */
  received = 0
  readonly #events: EventQueue
  readonly #random: () => number
  readonly #workers: Worker[]
  readonly #idle: Worker[]
  #queue: TargetClient[] = []
  #queueStart = 0
  #condition: TargetCondition = 'up'

  constructor(address: string, events: EventQueue, random: () => number) {
    this.address = address
    this.#events = events
    this.#random = random
    this.#workers = Array.from({ length: WORKERS }, () => {
      const worker: Worker = { client: undefined, status: 200, done: new SimulatedEvent(() => this.#finish(worker)) }
      return worker
    })
    this.#idle = [...this.#workers]
  }

  get condition(): TargetCondition {
    return this.#condition
  }

  /** Whether nothing is under way. */
  get isIdle(): boolean {
    return this.#idle.length === WORKERS
  }

  receive(client: TargetClient): void {
    this.received++
    if (this.#condition === 'silent') return
    if (this.#condition === 'refusing') return void this.#events.add(() => client.refused(), ROUND_TRIP_MS)
    const worker = this.#idle.pop()
    if (worker !== undefined) this.#work(worker, client)
    else if (this.#queue.length - this.#queueStart < MAX_QUEUE) this.#queue.push(client)
    else this.#events.add(() => client.answered(503), ROUND_TRIP_MS)
  }

  /** What was under way is lost: with `refusing` its connections break, with `silent` nobody hears of it. */
  crash(condition: 'refusing' | 'silent'): void {
    this.#condition = condition
    const lost = this.#queue.slice(this.#queueStart)
    for (const worker of this.#workers) {
      this.#events.cancel(worker.done)
      if (worker.client !== undefined) lost.push(worker.client)
      worker.client = undefined
    }
    this.#queue = []
    this.#queueStart = 0
    this.#idle.splice(0, WORKERS, ...this.#workers)
    if (condition === 'silent') return
    for (const client of lost) this.#events.add(() => client.reset(), ROUND_TRIP_MS / 2)
  }

  start(): void {
    this.#condition = 'up'
  }

  /** A health check: it waits for no worker, but fails as often as requests do. A silent target leaves it without an end. */
  probe(): Promise<void> {
    if (this.#condition === 'silent') return new Promise(() => undefined)
    const fails = this.failureShare > 0 && this.#random() < this.failureShare
    return new Promise((resolve, reject) => {
      const answer = (): void => {
        if (this.#condition === 'up' && !fails) resolve()
        else reject(new Error(fails ? 'it answered 500' : 'its connection was refused'))
        this.#events.promised()
      }
      this.#events.add(answer, ROUND_TRIP_MS)
    })
  }

  #work(worker: Worker, client: TargetClient): void {
    const fails = this.failureShare > 0 && this.#random() < this.failureShare
    const timeMs = drawLogNormal(this.#random, MEDIAN_MS, SIGMA) * this.slowness
    worker.client = client
    worker.status = fails ? 500 : 200
    this.#events.set(worker.done, fails ? timeMs * FAILURE_SHARE : timeMs)
  }

  #finish(worker: Worker): void {
    const { client, status } = worker
    worker.client = undefined
    const next = this.#takeNext()
    if (next === undefined) this.#idle.push(worker)
    else this.#work(worker, next)
    client?.answered(status)
  }

  #takeNext(): TargetClient | undefined {
    const next = this.#queue[this.#queueStart]
    if (next === undefined) return undefined
    this.#queueStart++
    // Shifting each time would move the whole queue.
    if (this.#queueStart === this.#queue.length || this.#queueStart === MAX_QUEUE) {
      this.#queue = this.#queue.slice(this.#queueStart)
      this.#queueStart = 0
    }
    return next
  }
}
