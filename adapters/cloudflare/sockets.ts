import type { ProxySurroundings } from '../../src/engine/build-proxy.ts'
import type { ProxyDefinition } from '../../src/engine/proxy-definition.ts'
import { type ByteTranslation, byteTranslation } from '../../src/fetch/byte-translation.ts'
import type { Address, Connection, ConnectOptions } from '../../src/transport.ts'
import { PoolClient, type PoolClientOptions, type PoolNamespace } from './pool-client.ts'
import { serveSocket } from './serve-socket.ts'
import { socketConnection } from './socket-connection.ts'

/** What a Worker can do by sockets, over which HTTP/1.1 is bytes. */
export interface Sockets {
  readonly bytes: ByteTranslation
  /** Opens a connection of `cloudflare:sockets`. */
  connect(address: Address, options: ConnectOptions): Connection
  /** Opens connections through a SluicePool. @throws what PoolClient throws */
  openPool(
    namespace: PoolNamespace,
    options: PoolClientOptions,
  ): (address: Address, options: ConnectOptions) => Connection
  /** Serves a raw connection that the runtime has accepted. */
  serve<V>(socket: Socket, definition: ProxyDefinition<V>, surroundings: ProxySurroundings): Promise<void>
}

/**
 * Gives a Worker sockets: `worker(proxy, { sockets })`. With them targets may be `tcp://host:port`, a SluicePool may keep
 * connections, raw connections are served, and filters may look at bytes. Without them it is smaller by a third: messages
 * come and go by fetch alone.
 */
export const sockets: Sockets = {
  bytes: byteTranslation,
  connect: socketConnection,
  openPool: (namespace, options) => {
    const client = new PoolClient(namespace, options)
    return (address, connectOptions) => client.connect(address, connectOptions)
  },
  serve: serveSocket,
}
