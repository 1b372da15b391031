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
import { Buffer, Bun, type BunListener, type BunSocket } from './bun-runtime.ts'
import { SOCKET_HANDLER, SocketConnection } from './socket-connection.ts'

/** Time without traffic after which TCP begins to ask whether the peer is still there. */
const KEEP_ALIVE_DELAY_MS = 60_000

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

const { latin1Slice } = Buffer.prototype

/** Sluice's transport over `Bun.listen` and `Bun.connect`. */
export class BunTransport implements Transport {
  readonly name = 'bun'
  readonly capabilities = CAPABILITIES

  connect(address: Address, options: ConnectOptions): Connection {
    const { host: hostname, port } = address
    let isOpen = false
    const connection = new SocketConnection((error) => (isOpen ? resetError(error) : connectError(error, address)))
    const timer = this.#limitTime(connection, address, options.connectTimeoutMs)
    const onOpen = (socket: BunSocket<SocketConnection>): void => {
      isOpen = true
      timer?.cancel()
      setOptions(socket, options)
      connection.open(socket, true)
    }
    const onFailure = (error: unknown): void => {
      timer?.cancel()
      connection.tellClosed(error)
    }
    try {
      const socket = { ...SOCKET_HANDLER, open: onOpen, connectError: () => undefined }
      Bun.connect({ hostname, port, allowHalfOpen: true, data: connection, socket }).catch(onFailure)
    } catch (error) {
      // A port out of range: it is told like any other failure, by `onClose`.
      onFailure(error)
    }
    return connection
  }

  async listen(address: Address, options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener> {
    const open = (socket: BunSocket<SocketConnection>): void => {
      const connection = new SocketConnection(resetError)
      socket.data = connection
      setOptions(socket, options)
      connection.open(socket, false)
      accept(connection)
    }
    const error = ({ data: connection }: BunSocket<SocketConnection | undefined>, reason: Error): void => {
      if (connection === undefined) options.onError(acceptError(reason, address))
      else SOCKET_HANDLER.error({ data: connection } as BunSocket<SocketConnection>, reason)
    }
    const listener = openListener(address, { ...SOCKET_HANDLER, open, error } as typeof SOCKET_HANDLER)
    let isClosed = false
    return {
      address: { host: address.host, port: listener.port },
      close: async () => {
        if (!isClosed) listener.stop(false)
        isClosed = true
      },
    }
  }

  now(): number {
    return performance.now()
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    // In Bun it is an object.
    const timeout = setTimeout(callback, delayMs) as unknown as { unref(): void }
    timeout.unref()
    return { cancel: () => clearTimeout(timeout as unknown as number) }
  }

  random(): number {
    return Math.random()
  }

  decodeLatin1(bytes: Uint8Array, start: number, end: number): string {
    return latin1Slice.call(bytes, start, end)
  }

  #limitTime(connection: SocketConnection, address: Address, timeoutMs: number): Timer | undefined {
    if (timeoutMs === 0) return undefined
    return this.setTimer(() => {
      const text = `Cannot connect to "${formatAddress(address)}": no answer after ${timeoutMs} ms`
      connection.fail(new ProxyError('CONNECT_TIMEOUT', text))
    }, timeoutMs)
  }
}

function setOptions(
  socket: BunSocket<SocketConnection>,
  { noDelay, keepAlive }: Pick<ListenOptions, 'noDelay' | 'keepAlive'>,
): void {
  socket.setNoDelay(noDelay)
  if (keepAlive) socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS)
}

function openListener(address: Address, socket: typeof SOCKET_HANDLER): BunListener {
  const { host, port } = address
  try {
    // Without a host: all addresses, of IPv6 and IPv4.
    return Bun.listen({ hostname: host === '' ? '::' : host, port, allowHalfOpen: true, socket })
  } catch (error) {
    throw listenError(error, address)
  }
}
