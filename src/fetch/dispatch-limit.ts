import { ProxyError } from '../errors.ts'
import { LIMITS } from '../limits.ts'

/**
 * Lets so many go at once; others wait for their turn, first come, first served. Workers may wait for the heads of six
 * answers at a time (developers.cloudflare.com/workers/platform/limits, Simultaneous open connections), and local
 * runtimes do not hold them to it.
 */
export class DispatchLimit {
  readonly #maxAtOnce: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(maxAtOnce: number) {
    this.#maxAtOnce = maxAtOnce
  }

  /** How many are going, and how many wait for their turn. */
  get running(): number {
    return this.#running
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /**
   * Waits for its turn, runs the action, and gives the turn on when that has settled.
   * @param action does not throw, but rejects
   * @param signal gives what takes it out of the queue when it aborts; rejects with its reason then
   * @throws QUEUE_FULL when LIMITS.maxQueue wait already
   */
  run<T>(action: () => Promise<T>, signal?: () => AbortSignal): Promise<T> {
    if (this.#running >= this.#maxAtOnce) return this.#wait(signal?.()).then(() => this.#start(action))
    this.#running++
    return this.#start(action)
  }

  #start<T>(action: () => Promise<T>): Promise<T> {
    const result = action()
    result.then(this.#giveTurnOn, this.#giveTurnOn)
    return result
  }

  readonly #giveTurnOn = (): void => {
    const next = this.#waiting.shift()
    if (next === undefined) this.#running--
    else next()
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting.length >= LIMITS.maxQueue) {
      const text = `Cannot dispatch request: ${this.#waiting.length} wait for their turn already`
      return Promise.reject(new ProxyError('QUEUE_FULL', text))
    }
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(start), 1)
        reject(signal?.reason as Error)
      }
      const start = (): void => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      signal?.addEventListener('abort', leave, { once: true })
      this.#waiting.push(start)
    })
  }
}
