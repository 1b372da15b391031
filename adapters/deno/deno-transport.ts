import type { ProxyError } from '../../src/errors.ts'
import { KEEP_ALIVE_DELAY_MS } from '../../src/streams/keep-alive-delay-ms.ts'
import { limitConnectTime } from '../../src/streams/limit-connect-time.ts'
import { acceptError, connectError, listenError, resetError } from '../../src/streams/socket-errors.ts'
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
import { Deno } from './deno-runtime.ts'
import { decodeLatin1 } from './latin1.ts'
import { SocketConnection } from './socket-connection.ts'
import { net, type ReadInto, type TcpServer, type TcpSocket } from './tcp-socket.ts'

/** Connections that the system holds until they are accepted; it takes less if it is set to. */
const BACKLOG = 4096

/** Sluice's transport on Deno, over its node:net. */
export class DenoTransport implements Transport {
  readonly name = 'deno'
  readonly capabilities = TCP_CAPABILITIES
  readonly decodeLatin1 = decodeLatin1

  connect(address: Address, options: ConnectOptions): Connection {
    let socket!: TcpSocket
    let isOpen = false
    const open = (onread: ReadInto): TcpSocket => {
      socket = openSocket(address, options, onread)
      return socket
    }
    const toError = (error: unknown): ProxyError => (isOpen ? resetError(error) : connectError(error, address))
    const connection = new SocketConnection(open, toError)
    const timer = limitConnectTime(connection, address, options.connectTimeoutMs, this)
    socket.on('connect', () => {
      isOpen = true
      timer?.cancel()
      connection.tellOpened()
    })
    socket.on('close', () => timer?.cancel())
    return connection
  }

  async listen(address: Address, options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener> {
    const { noDelay, keepAlive, onError } = options
    const server = net.createServer(
      {
        allowHalfOpen: true,
        pauseOnConnect: true,
        noDelay,
        keepAlive,
        keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
      },
      (socket) => accept(new SocketConnection(() => socket, resetError)),
    )
    const port = await openServer(server, address)
    server.on('error', (error) => onError(acceptError(error, { ...address, port })))
    return {
      address: { host: address.host, port },
      // The port is free when this returns; its callback would wait for the last connection.
      close: async () => {
        if (server.listening) server.close()
      },
    }
  }

  now(): number {
    return performance.now()
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const id = setTimeout(callback, delayMs)
    Deno.unrefTimer(id)
    return { cancel: () => clearTimeout(id) }
  }

  random(): number {
    return Math.random()
  }
}

function openSocket({ host, port }: Address, { noDelay, keepAlive }: ConnectOptions, onread: ReadInto): TcpSocket {
  const keepAliveInitialDelay = KEEP_ALIVE_DELAY_MS
  try {
    return net.connect({ host, port, noDelay, keepAlive, keepAliveInitialDelay, allowHalfOpen: true, onread })
  } catch (error) {
    // A port out of range: it is told like any other failure, by `onClose`.
    return new net.Socket().destroy(error as Error)
  }
}

/** @returns the port that the system chose when 0 was asked */
function openServer(server: TcpServer, address: Address): Promise<number> {
  const { host, port } = address
  return new Promise((resolve, reject) => {
    server.on('error', (error) => reject(listenError(error, address)))
    // Without a host: all addresses, of IPv6 and IPv4.
    server.listen({ port, backlog: BACKLOG, ...(host === '' ? {} : { host }) }, () => resolve(server.address().port))
  })
}
