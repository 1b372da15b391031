import type { KeptSession, SessionStart } from '../engine/kept-session.ts'
import { ProxyError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { Timer, Transport } from '../transport.ts'

const FIRST_LOOK_MS = 2
const LONGEST_LOOK_MS = 50

/**
 * The start of a kept session, as one connection sees it: it runs the callback, or waits until the connection that does
 * is done. It looks again and again instead of waiting for a promise: on Workers a request that waits for what another
 * one resolves is cancelled.
 */
export class KeptSessionStart<V> {
  readonly #session: KeptSession<V>
  readonly #recipe: object
  readonly #callback: () => unknown
  readonly #transport: Transport
  #start: SessionStart | undefined
  #timer: Timer | undefined

  /** @param recipe of the filter, the same one in all of the session's connections */
  constructor(session: KeptSession<V>, recipe: object, callback: () => unknown, transport: Transport) {
    this.#session = session
    this.#recipe = recipe
    this.#callback = callback
    this.#transport = transport
  }

  /**
   * @returns a promise if it takes its time; it rejects with what the callback threw, or QUEUE_TIMEOUT
   * @throws what the callback throws
   */
  run(): Promise<void> | undefined {
    const start = this.#session.beginStart(this.#recipe)
    if (start === true) return undefined
    return start === undefined ? this.#wait() : this.#call(start)
  }

  /** The connection is over: if it was at the start, another one may try. */
  giveUp(): void {
    this.#timer?.cancel()
    this.#endStart(false)
  }

  #call(start: SessionStart): Promise<void> | undefined {
    this.#start = start
    let result: unknown
    try {
      result = this.#callback()
    } catch (error) {
      this.#endStart(false)
      throw error
    }
    if (result instanceof Promise) return this.#finish(result)
    this.#endStart(true)
    return undefined
  }

  async #finish(result: Promise<unknown>): Promise<void> {
    try {
      await result
    } catch (error) {
      this.#endStart(false)
      throw error
    }
    this.#endStart(true)
  }

  async #wait(): Promise<void> {
    const sinceMs = this.#transport.now()
    for (let delayMs = FIRST_LOOK_MS; ; delayMs = Math.min(2 * delayMs, LONGEST_LOOK_MS)) {
      await new Promise<void>((resolve) => (this.#timer = this.#transport.setTimer(resolve, delayMs)))
      const start = this.#session.beginStart(this.#recipe)
      if (start === true) return
      if (start !== undefined) return this.#call(start)
      if (this.#transport.now() - sinceMs >= LIMITS.queueTimeoutMs) throw startTimeout()
    }
  }

  #endStart(isDone: boolean): void {
    const start = this.#start
    this.#start = undefined
    if (start !== undefined) this.#session.endStart(this.#recipe, start, isDone)
  }
}

function startTimeout(): ProxyError {
  const state = `another request has been at handleSessionStart for ${LIMITS.queueTimeoutMs} ms`
  return new ProxyError('QUEUE_TIMEOUT', `Cannot join the session: ${state}`)
}
