import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Address, Connection, Listener, ListenOptions } from '../../src/transport.ts'
import { canReopen, reopenAccepted } from './accepted-socket.ts'
import { SocketConnection } from './socket-connection.ts'
import { acceptError, listenError, resetError } from './socket-errors.ts'
import { KEEP_ALIVE_DELAY_MS } from './tcp-options.ts'

/** Connections that the system holds until they are accepted; it takes less if it is set to. */
const BACKLOG = 4096
/**
 * Listening sockets on one port. Node accepts one connection of each per turn of its event loop, and a turn over a
 * thousand busy connections takes long: with a single one, new clients wait for seconds while the others are served.
 */
const MAX_SOCKETS = 16
/** When file descriptors run out, each turn fails to accept: that is told once in this time. */
const ERROR_INTERVAL_MS = 1000

type Accept = (connection: Connection) => void

/**
 * Listens on a port: by several sockets where Node and the system can share one among them (Linux, from Node 22.12 on),
 * else by one.
 * @param hasOnRead whether accepted sockets are to read into the buffer of the process, where Node can do that
 * @throws ADDRESS_IN_USE, ADDRESS_FORBIDDEN, ADDRESS_UNAVAILABLE
 */
export async function listenSocket(
  address: Address,
  options: ListenOptions,
  hasOnRead: boolean,
  accept: Accept,
): Promise<SocketListener> {
  const create = (): Server => createListeningServer(options, hasOnRead, accept)
  // Shared ports hide that another program has one, so the first to ask is one that shares nothing.
  const single = await open(create(), address, false)
  const { host } = address
  const { port } = single.address() as AddressInfo
  await closeUnused(single)
  const servers = await openSharing(create, { host, port })
  return new SocketListener(servers.length > 0 ? servers : [await open(create(), { host, port }, false)], { host, port }, options)
}

/** The listening sockets of one port. */
export class SocketListener implements Listener {
  readonly address: Address
  readonly #servers: readonly Server[]
  readonly #onError: ListenOptions['onError']
  #lastErrorAt = Number.NEGATIVE_INFINITY

  /** @param servers listen already */
  constructor(servers: readonly Server[], address: Address, { onError }: ListenOptions) {
    this.address = address
    this.#servers = servers
    this.#onError = onError
    for (const server of servers) server.on('error', (error) => this.#tellError(error))
  }

  /** How many sockets share the port. */
  get socketCount(): number {
    return this.#servers.length
  }

  /** Accepted connections that are not closed yet. */
  async countConnections(): Promise<number> {
    const counts = await Promise.all(this.#servers.map(countConnections))
    return counts.reduce((sum, count) => sum + count, 0)
  }

  /** Settles when the listening sockets and all accepted connections are closed. */
  async whenClosed(): Promise<void> {
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.once('close', resolve))))
  }

  close(): Promise<void> {
    // The port is free when this returns; Node would call back only when the last connection is closed.
    for (const server of this.#servers) if (server.listening) server.close()
    return Promise.resolve()
  }

  #tellError(error: Error): void {
    const now = performance.now()
    if (now - this.#lastErrorAt < ERROR_INTERVAL_MS) return
    this.#lastErrorAt = now
    this.#onError(acceptError(error, this.address))
  }
}

function createListeningServer({ keepAlive, noDelay }: ListenOptions, hasOnRead: boolean, accept: Accept): Server {
  const server = createServer({
    allowHalfOpen: true,
    pauseOnConnect: true,
    noDelay,
    keepAlive,
    keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
  })
  return server.on('connection', (accepted) => accept(toConnection(accepted, hasOnRead)))
}

/** As many as the system lets share the port; none where it cannot be shared. */
async function openSharing(create: () => Server, address: Address): Promise<Server[]> {
  const servers: Server[] = []
  try {
    while (servers.length < MAX_SOCKETS) servers.push(await open(create(), address, true))
  } catch {
    // The system refuses to share, or Node does not know how to ask: the first one has the port for itself then.
  }
  return servers
}

function open(server: Server, address: Address, reusePort: boolean): Promise<Server> {
  const { host, port } = address
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(listenError(error, address))
    server.once('error', fail)
    // Without a host it is all addresses, of IPv6 and IPv4 where there are both.
    server.listen({ port, backlog: BACKLOG, reusePort, ...(host === '' ? {} : { host }) }, () => {
      server.removeListener('error', fail)
      resolve(server)
    })
  })
}

function closeUnused(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}

function countConnections(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)))
  })
}

function toConnection(accepted: Socket, hasOnRead: boolean): SocketConnection {
  const isReopened = hasOnRead && canReopen(accepted)
  return new SocketConnection({
    open: (onread) => (isReopened ? reopenAccepted(accepted, onread) : accepted),
    hasOnRead: isReopened,
    toError: resetError,
  })
}
