import type { Address, Capabilities, Connection, ConnectOptions, Timer, Transport } from '../../src/transport.ts'
import { formatTarget } from './format-target.ts'
import type { PoolCounters } from './pool-counters.ts'

/** A transport whose connections are counted. */
export class CountedTransport implements Transport {
  readonly name: string
  readonly capabilities: Capabilities
  readonly #transport: Transport
  readonly #counters: PoolCounters

  constructor(transport: Transport, counters: PoolCounters) {
    this.name = transport.name
    this.capabilities = transport.capabilities
    this.#transport = transport
    this.#counters = counters
  }

  connect(address: Address, options: ConnectOptions): Connection {
    const connection = this.#transport.connect(address, options)
    this.#counters.count(connection, formatTarget(address))
    return connection
  }

  now(): number {
    return this.#transport.now()
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    return this.#transport.setTimer(callback, delayMs)
  }

  random(): number {
    return this.#transport.random()
  }
}
