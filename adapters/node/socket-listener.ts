import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Address, Connection, Listener, ListenOptions } from '../../src/transport.ts'
import { canReopen, reopenAccepted } from './accepted-socket.ts'
import { SocketConnection } from './socket-connection.ts'
import { acceptError, listenError, resetError } from '../../src/streams/socket-errors.ts'
import { KEEP_ALIVE_DELAY_MS } from '../../src/streams/keep-alive-delay-ms.ts'

/** Connections that the system holds until they are accepted; it takes less if it is set to. */
const BACKLOG = 4096
/**
 * Listening sockets on one port. Node accepts one connection of each per turn of its event loop, and a turn over a
 * thousand busy connections takes long: with a single one, new clients wait for seconds while the others are served.
 */
export const SOCKETS_PER_PORT = 128
/** Turns of the event loop that a listener that is to close goes on accepting for, at most, while clients keep coming. */
const MAX_LAST_TURNS = 256
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
  const create = createServers(address, options, hasOnRead, accept)
  if (address.port !== 0) await requireFree(create(), address)
  const sharing = await openSharing(create, address)
  const servers = sharing.length > 0 ? sharing : [await openServer(create(), address, false)]
  return new SocketListener(servers, addressOf(servers, address))
}

/**
 * Listens by sockets that are bound already, and that another process holds as well.
 * @param handles what Node keeps inside of a `net.Server`, as `process.on('message')` gives it
 * @param address that they are bound to; a port of 0 is looked up
 * @throws ADDRESS_IN_USE, ADDRESS_FORBIDDEN, ADDRESS_UNAVAILABLE
 */
export async function listenOnHandles(
  handles: readonly object[],
  address: Address,
  options: ListenOptions,
  hasOnRead: boolean,
  accept: Accept,
): Promise<SocketListener> {
  const create = createServers(address, options, hasOnRead, accept)
  const servers = await Promise.all(
    handles.map((handle) => whenListening(create(), address, (server) => server.listen(handle, BACKLOG))),
  )
  return new SocketListener(servers, addressOf(servers, address))
}

/** The listening sockets of one port. */
export class SocketListener implements Listener {
  readonly address: Address
  readonly #servers: readonly Server[]
  #acceptedCount = 0

  /** @param servers listen already */
  constructor(servers: readonly Server[], address: Address) {
    this.address = address
    this.#servers = servers
    for (const server of servers) server.on('connection', () => this.#acceptedCount++)
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

  async close(): Promise<void> {
    await this.#acceptWaiting()
    // The port is free when this returns; Node would call back only when the last connection is closed.
    for (const server of this.#servers) if (server.listening) server.close()
  }

  /**
   * Accepts what the system has accepted already: it would reset these connections with the socket that they wait at, and
   * the requests that came on them would be lost. A turn in which none comes shows that none waits.
   */
  async #acceptWaiting(): Promise<void> {
    for (let turn = 0; turn < MAX_LAST_TURNS; turn++) {
      const before = this.#acceptedCount
      await new Promise((resolve) => setImmediate(resolve))
      // The first one may be the rest of a turn that had begun.
      if (turn > 0 && this.#acceptedCount === before) return
    }
  }
}

/** Makes the servers of one port, which tell together when they cannot accept. */
function createServers(address: Address, options: ListenOptions, hasOnRead: boolean, accept: Accept): () => Server {
  const tellError = createErrorTeller(address, options.onError)
  return () => {
    const server = createListeningServer(options, hasOnRead, accept)
    // Before it listens, an error is the reason why it cannot: `whenListening` rejects with it.
    return server.on('error', (error) => server.listening && tellError(server, error))
  }
}

function createErrorTeller(
  address: Address,
  onError: ListenOptions['onError'],
): (server: Server, error: Error) => void {
  let lastErrorAt = Number.NEGATIVE_INFINITY
  return (server, error) => {
    const now = performance.now()
    if (now - lastErrorAt < ERROR_INTERVAL_MS) return
    lastErrorAt = now
    onError(acceptError(error, addressOf([server], address)))
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

/** A shared port hides that another program has it: so the first to ask for it is a socket that shares nothing. */
async function requireFree(server: Server, address: Address): Promise<void> {
  await openServer(server, address, false)
  await new Promise<void>((resolve) => server.close(() => resolve()))
}

/** As many as the system lets share the port; none where it cannot be shared. */
async function openSharing(create: () => Server, address: Address): Promise<Server[]> {
  const servers: Server[] = []
  try {
    while (servers.length < SOCKETS_PER_PORT)
      servers.push(await openServer(create(), addressOf(servers, address), true))
  } catch {
    // The system refuses to share, or Node does not know how to ask: the first one has the port for itself then.
  }
  return servers
}

/** With the port that the system chose, as soon as it did. */
function addressOf([server]: readonly Server[], { host, port }: Address): Address {
  return { host, port: server === undefined ? port : (server.address() as AddressInfo).port }
}

/**
 * Listens on an address. Without a host it is all addresses, of IPv6 and IPv4 where there are both.
 * @throws ADDRESS_IN_USE, ADDRESS_FORBIDDEN, ADDRESS_UNAVAILABLE
 */
export function openServer(server: Server, address: Address, reusePort: boolean): Promise<Server> {
  const { host, port } = address
  const options = { port, backlog: BACKLOG, reusePort, ...(host === '' ? {} : { host }) }
  return whenListening(server, address, () => server.listen(options))
}

function whenListening(server: Server, address: Address, listen: (server: Server) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(listenError(error, address))
    server.once('error', fail)
    server.once('listening', () => {
      server.removeListener('error', fail)
      resolve(server)
    })
    listen(server)
  })
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
