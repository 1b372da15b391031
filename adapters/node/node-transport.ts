import type { DiscoveringService, Discovery, DiscoveryOptions, TargetOrigin } from '../../src/discovery.ts'
import { TCP_CAPABILITIES } from '../../src/streams/tcp-capabilities.ts'
import type {
  Address,
  ConnectOptions,
  Connection,
  Listener,
  ListenOptions,
  Timer,
  Transport,
} from '../../src/transport.ts'
import { connectSocket } from './connect-socket.ts'
import { discover } from './discovery/discover.ts'
import { decodeLatin1 } from './latin1.ts'
import { nodeClock } from './node-clock.ts'
import { listenSocket } from './socket-listener.ts'

export interface NodeTransportOptions {
  /**
   * Reads into the buffer of the process where Node can (`onread`); false reads by 'data' events only, as Sluice does by
   * itself where it cannot. @default true
   */
  readonly hasOnRead?: boolean
}

/** Sluice's transport over node:net. */
export class NodeTransport implements Transport {
  readonly name = 'node'
  readonly capabilities = TCP_CAPABILITIES
  readonly decodeLatin1 = decodeLatin1
  readonly #hasOnRead: boolean

  constructor({ hasOnRead = true }: NodeTransportOptions = {}) {
    this.#hasOnRead = hasOnRead
  }

  connect(address: Address, options: ConnectOptions): Connection {
    return connectSocket(address, options, this.#hasOnRead)
  }

  listen(address: Address, options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener> {
    return listenSocket(address, options, this.#hasOnRead, accept)
  }

  discover(service: DiscoveringService, origin: TargetOrigin, options: DiscoveryOptions): Discovery {
    return discover(service, origin, options)
  }

  now(): number {
    return nodeClock.now()
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    return nodeClock.setTimer(callback, delayMs)
  }

  random(): number {
    return nodeClock.random()
  }
}
