import type { Variables } from '../engine/context.ts'
import { ProxyError } from '../errors.ts'
import type { HeldEvents } from '../streams/held-events.ts'
import type { MuxHttpPosition } from './mux-http-position.ts'
import type { UpstreamUser } from './upstream-user.ts'
import { exchangeTimeout } from './exchange-timeout.ts'
import { UpstreamSession } from './upstream-session.ts'

/** The upstream connections of one key, and the requests that wait for one. */
export class UpstreamKey<V = Variables> {
  readonly #position: MuxHttpPosition<V>
  readonly #key: unknown
  readonly #onEmpty: (key: UpstreamKey<V>) => void
  readonly #sessions = new Set<UpstreamSession<V>>()
  /** Those that speak another protocol by now. */
  readonly #dedicated = new Set<UpstreamSession<V>>()
  /** Last in, first out: the others get old and are closed. */
  readonly #idle: UpstreamSession<V>[] = []
  /** In the order in which they came: a Set keeps it, and lets one leave from the middle. */
  readonly #waiting = new Set<UpstreamUser<V>>()
  #isDraining = false
  #isServing = false

  constructor(position: MuxHttpPosition<V>, key: unknown, onEmpty: (key: UpstreamKey<V>) => void) {
    this.#position = position
    this.#key = key
    this.#onEmpty = onEmpty
  }

  /** Gives the user a connection, or lets it wait in order. */
  acquire(user: UpstreamUser<V>): void {
    const idle = this.#takeIdle(user)
    if (idle !== undefined) return user.begin(idle)
    if (this.#waiting.size === 0 && this.#sessions.size < this.#position.maxConnections) return this.#open(user)
    if (this.#waiting.size >= this.#position.maxQueue) {
      const text = `Cannot wait for an upstream connection: ${this.#position.maxQueue} requests wait already`
      return user.fail(new ProxyError('QUEUE_FULL', text), false)
    }
    user.queuedSince = this.#position.ticker.count
    this.#waiting.add(user)
    user.queuedAt = this
  }

  /** How long a connection of this key may be idle, by what its last answer said. */
  idleLimitMs(keepAlive: string): number {
    return this.#position.idleLimits.limitFor(this.#key, keepAlive)
  }

  /** The upstream closed a connection that was idle for a time. */
  learnIdle(idleMs: number): void {
    this.#position.idleLimits.learn(this.#key, idleMs)
  }

  /**
   * Opens a new connection for the user of one that is gone, ahead of all who wait.
   * @param sent what has been sent of the request behind its head
   */
  replace(session: UpstreamSession<V>, user: UpstreamUser<V>, sent: HeldEvents): void {
    this.#sessions.delete(session)
    session.close()
    this.#open(user, sent)
  }

  /** The user waits no more. */
  remove(user: UpstreamUser<V>): void {
    if (this.#waiting.delete(user)) user.queuedAt = undefined
    this.#forgetIfEmpty()
  }

  /** A connection is free again. */
  release(session: UpstreamSession<V>): void {
    if (this.#isDraining && this.#waiting.size === 0) return session.close()
    // The upstream takes no more on this one: who waits gets another.
    if (!session.limitIdle()) return session.close()
    const user = this.#takeWaiting()
    if (user === undefined) this.#idle.push(session)
    else user.begin(session)
  }

  /** A connection has left HTTP and is its user's until its end: it counts no more, and whoever waits gets another. */
  dedicate(session: UpstreamSession<V>): void {
    this.#sessions.delete(session)
    this.#dedicated.add(session)
    this.#openForWaiting()
  }

  /** A connection is over: whoever waits gets another one. */
  forget(session: UpstreamSession<V>): void {
    if (this.#dedicated.delete(session)) return this.#forgetIfEmpty()
    if (!this.#sessions.delete(session)) return
    const i = this.#idle.indexOf(session)
    if (i >= 0) this.#idle.splice(i, 1)
    this.#openForWaiting()
    this.#forgetIfEmpty()
  }

  checkTimeouts(): void {
    const { ticker, queueTimeoutMs, exchangeTimeoutMs } = this.#position
    for (const user of this.#waiting) {
      if (!ticker.isOver(user.queuedSince, queueTimeoutMs)) break
      this.remove(user)
      const text = `Cannot wait longer for an upstream connection: ${queueTimeoutMs} ms are over`
      user.fail(new ProxyError('QUEUE_TIMEOUT', text), false)
    }
    for (const user of this.#waiting) {
      if (!ticker.isOver(user.requestedSince, exchangeTimeoutMs)) continue
      this.remove(user)
      user.fail(exchangeTimeout(exchangeTimeoutMs), false)
    }
    for (const session of this.#sessions) session.checkTimeouts()
  }

  /** Closes what serves nobody, now and from now on. */
  drain(): void {
    this.#isDraining = true
    for (const session of [...this.#idle]) session.close()
  }

  /** Closes everything. */
  close(): void {
    for (const user of [...this.#waiting]) this.remove(user)
    for (const session of [...this.#sessions, ...this.#dedicated]) session.close()
  }

  /**
   * A connection that may be used again, the one that was used last. What may have been idle for too long is closed on the
   * way: the clock ticks only now and then, and between two ticks the upstream may have closed it.
   */
  #takeIdle(user: UpstreamUser<V>): UpstreamSession<V> | undefined {
    for (let session = this.#idle.pop(); session !== undefined; session = this.#idle.pop()) {
      if (session.isFitFor(user)) return session
      // Out of the count first: the key is not empty, and nobody else is served before this user.
      this.#sessions.delete(session)
      session.close()
    }
    return undefined
  }

  #open(user: UpstreamUser<V>, sent?: HeldEvents): void {
    const session = new UpstreamSession(this.#position, this, user)
    this.#sessions.add(session)
    user.begin(session, sent)
  }

  /** One after the other, not one inside the other: many may wait, and each connection may fail at once. */
  #openForWaiting(): void {
    if (this.#isServing) return
    this.#isServing = true
    while (this.#sessions.size < this.#position.maxConnections) {
      const user = this.#takeWaiting()
      if (user === undefined) break
      this.#open(user)
    }
    this.#isServing = false
  }

  #takeWaiting(): UpstreamUser<V> | undefined {
    if (this.#waiting.size === 0) return undefined
    const [user] = this.#waiting
    if (user === undefined) return undefined
    this.#waiting.delete(user)
    user.queuedAt = undefined
    return user
  }

  #forgetIfEmpty(): void {
    if (this.#sessions.size === 0 && this.#dedicated.size === 0 && this.#waiting.size === 0) this.#onEmpty(this)
  }
}
