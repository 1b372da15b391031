import type { Address, Connection, ConnectOptions, Listener, ListenOptions, Timer, Transport } from 'sluice'
import { ConnectionStreams } from '../../src/streams/connection-streams.ts'
import type { MemoryConnection } from '../support/memory-connection.ts'
import type { MemoryTransport } from '../support/memory-transport.ts'
import type { ProxyShape } from './proxy-shape.ts'
import type { World } from './world.ts'
import { FULL_CAPABILITIES } from '../support/full-capabilities.ts'

/** Nothing listens there. */
const CLOSED_PORT = 1

/** The transport as the proxy has it: its timers are counted, and its connects fail by chance. */
export class ProxyTransport implements Transport {
  /** A host that never answers. */
  static readonly silentHost = '10.0.0.1'
  readonly name = 'memory'
  readonly capabilities = FULL_CAPABILITIES
  readonly #transport: MemoryTransport
  readonly #world: World
  readonly #shape: ProxyShape
  readonly #timers = new Set<() => void>()
  /** Connections that the proxy has opened, by port. */
  readonly #opened = new Map<number, MemoryConnection[]>()

  constructor(transport: MemoryTransport, shape: ProxyShape, world: World) {
    this.#transport = transport
    this.#shape = shape
    this.#world = world
    transport.silentHosts.add(ProxyTransport.silentHost)
  }

  /** Timers that the proxy has set. */
  get timerCount(): number {
    return this.#timers.size
  }

  /** Whether a target has as many connections as it may have, so that requests for it wait with good reason. */
  get isAnyTargetFull(): boolean {
    return [...this.#opened.keys()].some((port) => this.#countOpen(port) >= this.#shape.mux.maxConnections)
  }

  connect(address: Address, options: ConnectOptions): Connection {
    const isFull = this.#countOpen(address.port) >= this.#shape.mux.maxConnections
    // A tunnel's connection counts no more.
    if (this.#shape.key === 'target' && isFull && !this.#world.has('tunnels'))
      this.#world.trace.violate(`port ${address.port} has more connections than it may have`)
    const connection = this.#open(address, options)
    const opened = this.#opened.get(address.port) ?? []
    opened.push(connection.direct as MemoryConnection)
    this.#opened.set(address.port, opened)
    return this.#offer(connection)
  }

  /** The connection as this world's proxy gets it: with or without the direct path. */
  #offer(connection: Connection): Connection {
    if (!this.#shape.hasOnlyStreams) return connection
    const { readable, writable, closed } = new ConnectionStreams(connection.direct as MemoryConnection)
    return { readable, writable, closed, info: connection.info }
  }

  #countOpen(port: number): number {
    return (this.#opened.get(port) ?? []).filter((connection) => !connection.isClosed).length
  }

  #open(address: Address, options: ConnectOptions): Connection {
    const world = this.#world
    if (world.fault('connects refused', 0.08)) {
      world.ledger.isAnybodyToBlame = true
      world.trace.note(`a connect to port ${address.port} is refused`)
      return this.#transport.connect({ host: address.host, port: CLOSED_PORT }, options)
    }
    if (world.fault('connects timed out', 0.03)) {
      world.ledger.isAnybodyToBlame = true
      world.trace.note(`a connect to port ${address.port} is not answered`)
      return this.#transport.connect({ host: ProxyTransport.silentHost, port: address.port }, options)
    }
    return this.#transport.connect(address, options)
  }

  listen(address: Address, options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener> {
    return this.#transport.listen(address, options, (connection) => accept(this.#offer(connection)))
  }

  now(): number {
    return this.#transport.now()
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const fire = (): void => {
      this.#timers.delete(fire)
      callback()
    }
    this.#timers.add(fire)
    const timer = this.#transport.setTimer(fire, delayMs)
    return {
      cancel: () => {
        this.#timers.delete(fire)
        timer.cancel()
      },
    }
  }

  random(): number {
    return this.#transport.random()
  }
}
