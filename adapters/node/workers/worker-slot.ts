import type { Timer, Transport } from '../../../src/transport.ts'
import type { WorkerCounts } from './messages.ts'
import { RestartDelay } from './restart-delay.ts'
import type { WorkerProcess } from './worker-process.ts'

/** The clock of a group of workers. */
export type Clock = Pick<Transport, 'now' | 'setTimer'>

/** A worker's place: the processes that fill it one after the other have the same number. */
export class WorkerSlot {
  readonly number: number
  /** The process that fills it; undefined while none runs. */
  process: WorkerProcess | undefined
  /** It serves. */
  isStarted = false
  /** It was told to stop, by itself, and another one takes its place. */
  isRetiring = false
  restartCount = 0
  /** Starts in a row that have ended before the worker served. */
  failedStartCount = 0
  /** Told since they were asked for last. */
  counts: WorkerCounts | undefined
  readonly #clock: Clock
  readonly #delay = new RestartDelay()
  #startedAt = 0
  #timer: Timer | undefined

  constructor(number: number, clock: Clock) {
    this.number = number
    this.#clock = clock
  }

  fill(process: WorkerProcess): void {
    this.process = process
    this.#startedAt = this.#clock.now()
  }

  markStarted(): void {
    this.isStarted = true
    this.failedStartCount = 0
  }

  /** Its process is gone. */
  empty(): void {
    if (!this.isStarted) this.failedStartCount++
    this.process = undefined
    this.isStarted = false
    this.isRetiring = false
    this.counts = undefined
  }

  /** Fills it again when it is time. @returns the delay */
  refillBy(start: () => void, isDue: boolean): number {
    const delayMs = isDue ? 0 : this.#delay.afterLifeOf(this.#clock.now() - this.#startedAt)
    this.restartCount++
    this.#timer = this.#clock.setTimer(start, delayMs)
    return delayMs
  }

  /** It is not filled again. */
  giveUp(): void {
    this.#timer?.cancel()
  }
}
