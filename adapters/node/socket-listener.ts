import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Address, Connection, Listener, ListenOptions } from '../../src/transport.ts'
import { canReopen, reopenAccepted } from './accepted-socket.ts'
import { SocketConnection } from './socket-connection.ts'
import { acceptError, listenError, resetError } from './socket-errors.ts'
import { KEEP_ALIVE_DELAY_MS } from './tcp-options.ts'

/** Connections that the system holds until they are accepted; it takes less if it is set to. */
const BACKLOG = 4096
/** When file descriptors run out, each turn of the event loop fails to accept: that is told once in this time. */
const ERROR_INTERVAL_MS = 1000

/**
 * Opens a listening socket.
 * @param hasOnRead whether accepted sockets are to read into the buffers of the process, where Node can do that
 * @throws ADDRESS_IN_USE, ADDRESS_FORBIDDEN, ADDRESS_UNAVAILABLE
 */
export async function listenSocket(
  address: Address,
  options: ListenOptions,
  hasOnRead: boolean,
  accept: (connection: Connection) => void,
): Promise<SocketListener> {
  const { keepAlive, noDelay } = options
  const server = createServer({
    allowHalfOpen: true,
    pauseOnConnect: true,
    noDelay,
    keepAlive,
    keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
  })
  server.on('connection', (accepted) => accept(toConnection(accepted, hasOnRead)))
  await open(server, address)
  return new SocketListener(server, address, options)
}

/** A listening socket of node:net. */
export class SocketListener implements Listener {
  readonly address: Address
  readonly #server: Server
  readonly #onError: ListenOptions['onError']
  #lastErrorAt = Number.NEGATIVE_INFINITY

  /** @param server listens already */
  constructor(server: Server, { host }: Address, { onError }: ListenOptions) {
    this.#server = server
    this.#onError = onError
    this.address = { host, port: (server.address() as AddressInfo).port }
    server.on('error', (error) => this.#tellError(error))
  }

  /** Accepted connections that are not closed yet. */
  get connectionCount(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)))
    })
  }

  /** Settles when the listening socket and all accepted connections are closed. */
  whenClosed(): Promise<void> {
    return new Promise((resolve) => this.#server.once('close', resolve))
  }

  close(): Promise<void> {
    // The port is free when this returns; Node would call back only when the last connection is closed.
    if (this.#server.listening) this.#server.close()
    return Promise.resolve()
  }

  #tellError(error: Error): void {
    const now = performance.now()
    if (now - this.#lastErrorAt < ERROR_INTERVAL_MS) return
    this.#lastErrorAt = now
    this.#onError(acceptError(error, this.address))
  }
}

function open(server: Server, address: Address): Promise<void> {
  const { host, port } = address
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(listenError(error, address))
    server.once('error', fail)
    // Without a host it is all addresses, of IPv6 and IPv4 where there are both.
    server.listen({ port, backlog: BACKLOG, ...(host === '' ? {} : { host }) }, () => {
      server.removeListener('error', fail)
      resolve()
    })
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
