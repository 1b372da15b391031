import type { Variables } from '../engine/context.ts'
import { exchangeTimeout } from './exchange-timeout.ts'
import type { UpstreamUser } from './upstream-user.ts'
import type { MuxHttpPosition } from './mux-http-position.ts'

/** The requests whose key is a promise that is not settled: their exchange has begun, and its time runs. */
export class AwaitedKeys<V = Variables> {
  readonly #position: MuxHttpPosition<V>
  readonly #onEmpty: () => void
  readonly #users = new Set<UpstreamUser<V>>()

  constructor(position: MuxHttpPosition<V>, onEmpty: () => void) {
    this.#position = position
    this.#onEmpty = onEmpty
  }

  get isEmpty(): boolean {
    return this.#users.size === 0
  }

  add(user: UpstreamUser<V>): void {
    this.#users.add(user)
    user.queuedAt = this
  }

  /** The user waits no more. */
  remove(user: UpstreamUser<V>): void {
    if (!this.#users.delete(user)) return
    user.queuedAt = undefined
    if (this.isEmpty) this.#onEmpty()
  }

  checkTimeouts(): void {
    const { ticker, exchangeTimeoutMs } = this.#position
    for (const user of this.#users) {
      if (!ticker.isOver(user.requestedSince, exchangeTimeoutMs)) continue
      this.remove(user)
      user.fail(exchangeTimeout(exchangeTimeoutMs), false)
    }
  }
}
