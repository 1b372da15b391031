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
import { Buffer, Bun, type BunListener, type BunSocket } from './bun-runtime.ts'
import { SOCKET_HANDLER, SocketConnection } from './socket-connection.ts'

const { latin1Slice } = Buffer.prototype

/** Sluice's transport over `Bun.listen` and `Bun.connect`. */
export class BunTransport implements Transport {
  readonly name = 'bun'
  readonly capabilities = TCP_CAPABILITIES

  connect(address: Address, options: ConnectOptions): Connection {
    const { host: hostname, port } = address
    let isOpen = false
    const connection = new SocketConnection((error) => (isOpen ? resetError(error) : connectError(error, address)))
    const timer = limitConnectTime(connection, address, options.connectTimeoutMs, this)
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
