import type { ProxyError } from '../../src/errors.ts'
import type { Address, Connection, Listener, ListenOptions, Timer, Transport } from '../../src/transport.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { PlayedConnection } from './played-connection.ts'
import { FULL_CAPABILITIES } from '../support/full-capabilities.ts'

/** A listening socket whose clients the test plays. */
export class PlayedListener implements Listener {
  readonly address: Address
  readonly options: ListenOptions
  isClosed = false
  readonly #accept: (connection: Connection) => void

  constructor(address: Address, options: ListenOptions, accept: (connection: Connection) => void) {
    this.address = address
    this.options = options
    this.#accept = accept
  }

  /** A client connects. */
  connect(connection: PlayedConnection = new PlayedConnection()): PlayedConnection {
    this.#accept(connection)
    return connection
  }

  close(): Promise<void> {
    this.isClosed = true
    return Promise.resolve()
  }
}

/** A transport whose clients and whose time the test plays. */
export class PlayedTransport implements Transport {
  readonly name = 'played'
  readonly capabilities = FULL_CAPABILITIES
  readonly listeners: PlayedListener[] = []
  /** What `listen` rejects with, by port. */
  readonly refusals = new Map<number, ProxyError>()
  /** What `listen` waits for. */
  readiness: Promise<void> = Promise.resolve()
  readonly #clock = new VirtualClock()

  /** Timers that are set. */
  get timerCount(): number {
    return this.#clock.timerCount
  }

  async listen(address: Address, options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener> {
    await this.readiness
    const refusal = this.refusals.get(address.port)
    if (refusal !== undefined) throw refusal
    const port = address.port === 0 ? 40_000 + this.listeners.length : address.port
    const listener = new PlayedListener({ host: address.host, port }, options, accept)
    this.listeners.push(listener)
    return listener
  }

  connect(): Connection {
    throw new Error('This transport connects nowhere')
  }

  now(): number {
    return this.#clock.now
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    return this.#clock.setTimer(callback, delayMs)
  }

  /** Lets time pass at once; what waits for a promise comes later. */
  advance(timeMs: number): void {
    const end = this.#clock.now + timeMs
    while (this.#clock.fireNext(end));
    this.#clock.skipTo(end)
  }

  random(): number {
    return 0.5
  }
}
