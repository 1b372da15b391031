import type { BuildScope } from '../engine/filter-recipe.ts'
import type { Log } from '../engine/log.ts'
import type { PipelineParent } from '../engine/pipeline.ts'
import { parseTarget } from '../engine/parse-target.ts'
import { Ticker } from '../engine/ticker.ts'
import { ProxyError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { Address, Connection, ConnectOptions, Timer, Transport } from '../transport.ts'
import type { ConnectFilterOptions } from './connect.ts'

/** A connection that can be found idle. */
interface Idling {
  closeIfIdle(timeoutMs: number): void
  close(): void
}

/** What all connections of one connect filter position share: the options, and one clock for the time-outs. */
export class ConnectPosition {
  readonly log: Log
  readonly retryCount: number
  readonly ticker: Ticker
  /** Nothing is waited for any more. */
  isStopped = false
  readonly #transport: Transport
  readonly #options: ConnectOptions
  readonly #httpOptions: ConnectOptions
  readonly #messageOptions: ConnectOptions
  readonly #retryDelayMs: number
  readonly #open = new Set<Idling>()

  constructor(scope: Pick<BuildScope, 'transport' | 'log' | 'onStop'>, options: ConnectFilterOptions) {
    const { connectTimeoutMs = LIMITS.connectTimeoutMs, keepAlive = true, noDelay = true } = options
    const { idleTimeoutMs = LIMITS.idleTimeoutMs, retryCount = 0, retryDelayMs = 0 } = options
    this.log = scope.log
    this.retryCount = retryCount < 0 ? Number.POSITIVE_INFINITY : retryCount
    this.#transport = scope.transport
    this.#options = { connectTimeoutMs, keepAlive, noDelay }
    this.#httpOptions = { ...this.#options, protocol: 'http' }
    this.#messageOptions = { ...this.#options, protocol: 'http-messages' }
    this.#retryDelayMs = retryDelayMs
    this.ticker = new Ticker(scope.transport, [idleTimeoutMs], () => {
      for (const connection of this.#open) connection.closeIfIdle(idleTimeoutMs)
    })
    scope.onStop(() => this.#stop())
  }

  /** @throws INVALID_TARGET for what is no target, and for one that this runtime does not reach */
  readTarget(text: string): Address {
    const address = parseTarget(text)
    const { name, capabilities } = this.#transport
    const { scheme } = address
    if (scheme === undefined || capabilities.targetSchemes.includes(scheme)) return address
    const known = ['host:port', ...capabilities.targetSchemes].join(', ')
    throw new ProxyError('INVALID_TARGET', `Cannot connect to "${text}" on ${name}: it knows ${known}`)
  }

  /** @param pipeline tells what is sent: requests of HTTP, as bytes or as events, or bytes of any kind */
  connect(address: Address, { carriesHttp, carriesMessages }: PipelineParent): Connection {
    // What was stopped may be used again, by the next request of a Worker.
    this.isStopped = false
    if (carriesMessages) return this.#transport.connect(address, this.#messageOptions)
    return this.#transport.connect(address, carriesHttp ? this.#httpOptions : this.#options)
  }

  retryLater(callback: () => void): Timer {
    return this.#transport.setTimer(callback, this.#retryDelayMs)
  }

  /** Watches a connection's time-out from now on. */
  add(connection: Idling): void {
    this.#open.add(connection)
    this.ticker.start()
  }

  remove(connection: Idling): void {
    this.#open.delete(connection)
    if (this.#open.size === 0) this.ticker.stop()
  }

  #stop(): void {
    this.isStopped = true
    for (const connection of [...this.#open]) connection.close()
    this.ticker.stop()
  }
}
