import { ProxyError } from '../../src/errors.ts'
import { ConnectionStreams } from '../../src/streams/connection-streams.ts'
import type {
  Address,
  Connection,
  ConnectionInfo,
  ConnectOptions,
  Listener,
  ListenOptions,
  Timer,
  Transport,
} from '../../src/transport.ts'
import { MemoryConnection, type MemoryWires } from './memory-connection.ts'
import { seededRandom } from './seeded-random.ts'
import { VirtualClock } from './virtual-clock.ts'
import { FULL_CAPABILITIES } from './full-capabilities.ts'

const HOST = '127.0.0.1'
const FIRST_FREE_PORT = 49_152
/** Turns of the microtask queue without anything happening, after which nothing more will. Streams take a few each. */
const QUIET_TURNS = 200

export interface MemoryTransportOptions {
  /** Offers nothing but pairs of Web Streams, without the direct path. @default false */
  readonly hasOnlyStreams?: boolean
  /** Of all that is random. @default 1 */
  readonly seed?: number
  /** The longest read. @default 16,384 */
  readonly maxReadBytes?: number
  /** Gives reads of random length, from one byte up. @default false */
  readonly splitsReads?: boolean
  /** What a writer may have on its way before it is told to stop. @default 65,536 */
  readonly highWaterBytes?: number
  /** Takes what is to be done soon and does it later, in any order. @default the microtask queue, in order */
  readonly schedule?: (action: () => void) => void
}

/** A transport without a network and without time: connections are made in memory, and the clock is advanced by hand. */
export class MemoryTransport implements Transport {
  readonly name = 'memory'
  readonly capabilities = FULL_CAPABILITIES
  readonly random: () => number
  /** Hosts that cannot be resolved. */
  readonly unknownHosts = new Set<string>()
  /** Hosts that never answer. */
  readonly silentHosts = new Set<string>()
  /** Both ends of all connections that were made, newest last. */
  readonly pairs: { readonly client: MemoryConnection; readonly server: MemoryConnection }[] = []
  readonly #clock = new VirtualClock()
  readonly #hasOnlyStreams: boolean
  readonly #schedule: (action: () => void) => void
  readonly #wires: MemoryWires
  readonly #listeners = new Map<number, { readonly accept: (connection: Connection) => void }>()
  #nextPort = FIRST_FREE_PORT
  /** Counts what happens, so that `settle` sees when nothing does. */
  #activity = 0

  constructor(options: MemoryTransportOptions = {}) {
    const { hasOnlyStreams = false, seed = 1, maxReadBytes = 16 * 1024, splitsReads = false } = options
    const { highWaterBytes = 64 * 1024, schedule = (action) => queueMicrotask(action) } = options
    this.#schedule = schedule
    this.#hasOnlyStreams = hasOnlyStreams
    this.random = seededRandom(seed)
    const randomLength = seededRandom(seed + 1)
    this.#wires = {
      highWaterBytes,
      nextReadBytes: () => (splitsReads ? 1 + Math.floor(randomLength() * maxReadBytes) : maxReadBytes),
      soon: (action) => this.#soon(action),
    }
  }

  /** Timers that are set. */
  get timerCount(): number {
    return this.#clock.timerCount
  }

  now(): number {
    return this.#clock.now
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    return this.#clock.setTimer(callback, delayMs)
  }

  connect(address: Address, { connectTimeoutMs }: ConnectOptions): Connection {
    const host = address.host === 'localhost' ? HOST : address.host
    const info = { localAddress: HOST, localPort: this.#nextPort++, remoteAddress: host, remotePort: address.port }
    const client = new MemoryConnection(info, this.#wires, false)
    const target = `"${address.host}:${address.port}"`
    if (this.silentHosts.has(host)) this.#failLater(client, target, connectTimeoutMs)
    else this.#soon(() => this.#join(client, host, target))
    return this.#toConnection(client)
  }

  listen(address: Address, _options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener> {
    const port = address.port === 0 ? this.#nextPort++ : address.port
    if (this.#listeners.has(port)) {
      const text = `Cannot listen on "${address.host}:${port}": the address is in use`
      return Promise.reject(new ProxyError('ADDRESS_IN_USE', text))
    }
    const listener = { accept }
    this.#listeners.set(port, listener)
    const close = async (): Promise<void> => {
      if (this.#listeners.get(port) === listener) this.#listeners.delete(port)
    }
    return Promise.resolve({ address: { host: address.host, port }, close })
  }

  /** Waits until nothing happens any more that does not need time. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
      const before = this.#activity
      await Promise.resolve()
      if (this.#activity !== before) quiet = 0
    }
  }

  /** Lets time pass, and all that happens in it happen. */
  async advance(timeMs: number): Promise<void> {
    const end = this.#clock.now + timeMs
    await this.settle()
    while (this.#clock.fireNext(end)) await this.settle()
    this.#clock.skipTo(end)
  }

  /** Goes on to the next timer that is due by `time`, and fires it. @returns whether there was one */
  fireNextTimer(time: number): boolean {
    return this.#clock.fireNext(time)
  }

  #soon(action: () => void): void {
    this.#activity++
    this.#schedule(() => {
      this.#activity++
      action()
    })
  }

  #join(client: MemoryConnection, host: string, target: string): void {
    if (client.isClosed) return
    if (this.unknownHosts.has(host)) {
      client.fail(new ProxyError('CANNOT_RESOLVE', `Cannot resolve the host of ${target}: there is none`))
      return
    }
    const listener = this.#listeners.get(client.info.remotePort)
    if (listener === undefined) {
      client.fail(new ProxyError('CONNECTION_REFUSED', `Cannot connect to ${target}: nothing listens there`))
      return
    }
    const server = new MemoryConnection(turnRound(client.info), this.#wires, true)
    MemoryConnection.join(client, server)
    this.pairs.push({ client, server })
    listener.accept(this.#toConnection(server))
  }

  #failLater(client: MemoryConnection, target: string, connectTimeoutMs: number): void {
    if (connectTimeoutMs === 0) return
    const text = `Cannot connect to ${target}: no answer within ${connectTimeoutMs} ms`
    this.setTimer(() => client.fail(new ProxyError('CONNECT_TIMEOUT', text)), connectTimeoutMs)
  }

  #toConnection(direct: MemoryConnection): Connection {
    const { info } = direct
    if (this.#hasOnlyStreams) {
      const { readable, writable, closed } = new ConnectionStreams(direct)
      return { readable, writable, closed, info }
    }
    let streams: ConnectionStreams | undefined
    const asStreams = (): ConnectionStreams => (streams ??= new ConnectionStreams(direct))
    return {
      info,
      direct,
      get readable() {
        return asStreams().readable
      },
      get writable() {
        return asStreams().writable
      },
      get closed() {
        return asStreams().closed
      },
    }
  }
}

function turnRound({ localAddress, localPort, remoteAddress, remotePort }: ConnectionInfo): ConnectionInfo {
  return { localAddress: remoteAddress, localPort: remotePort, remoteAddress: localAddress, remotePort: localPort }
}
