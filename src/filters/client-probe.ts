import { LIMITS } from '../limits.ts'
import type { Timer, Transport } from '../transport.ts'

/** The first one makes the system of a client that is gone say so, the second one meets what it said. */
const MAX_PROBES = 2

/**
 * Finds out whether a client that sends no more is still there. One that has closed its connection and one that has only
 * finished sending, and is owed its answer, look the same: the difference shows when something is sent to it. So a client
 * that waits for an answer behind the end of its requests is sent up to two interim answers (100 Continue), which every
 * client of HTTP/1.1 must take without having asked (RFC 9110 15.2). Is it gone, then the connection is reset, and its
 * request need not be answered.
 */
export class ClientProbe {
  readonly #transport: Pick<Transport, 'setTimer'>
  readonly #send: () => boolean
  #timer: Timer | undefined
  #count = 0

  /** @param send sends an interim answer. @returns false when there is no request that waits for one */
  constructor(transport: Pick<Transport, 'setTimer'>, send: () => boolean) {
    this.#transport = transport
    this.#send = send
  }

  /** A request waits for its answer. */
  start(): void {
    this.#count = 0
    this.#timer ??= this.#transport.setTimer(this.#onTimer, LIMITS.clientProbeMs)
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  readonly #onTimer = (): void => {
    this.#timer = undefined
    if (!this.#send() || ++this.#count >= MAX_PROBES) return
    this.#timer = this.#transport.setTimer(this.#onTimer, LIMITS.clientProbeMs)
  }
}
