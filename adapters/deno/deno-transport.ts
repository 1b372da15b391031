import { ProxyError } from '../../src/errors.ts'
import { formatAddress } from '../../src/streams/format-address.ts'
import { acceptError, connectError, listenError, resetError } from '../../src/streams/socket-errors.ts'
import type {
  Address,
  Capabilities,
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

/** Time without traffic after which TCP begins to ask whether the peer is still there. */
const KEEP_ALIVE_DELAY_MS = 60_000
/** Connections that the system holds until they are accepted; it takes less if it is set to. */
const BACKLOG = 4096

const CAPABILITIES: Capabilities = {
  tcpListen: true,
  tcpConnect: true,
  sharedSockets: true,
  rawHeaders: true,
  upgrade: true,
  tls: false,
  background: true,
  targetSchemes: ['http', 'tcp'],
}

/** Sluice's transport on Deno, over its node:net. */
export class DenoTransport implements Transport {
  readonly name = 'deno'
  readonly capabilities = CAPABILITIES
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
    const timer = this.#limitTime(connection, address, options.connectTimeoutMs)
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

  #limitTime(connection: SocketConnection, address: Address, timeoutMs: number): Timer | undefined {
    if (timeoutMs === 0) return undefined
    return this.setTimer(() => {
      const text = `Cannot connect to "${formatAddress(address)}": no answer after ${timeoutMs} ms`
      connection.fail(new ProxyError('CONNECT_TIMEOUT', text))
    }, timeoutMs)
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
