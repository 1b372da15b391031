import { connect, type OnReadOpts, Socket } from 'node:net'
import { ProxyError } from '../../src/errors.ts'
import type { Address, ConnectOptions } from '../../src/transport.ts'
import { SocketConnection } from './socket-connection.ts'
import { formatAddress } from '../../src/streams/format-address.ts'
import { connectError, resetError } from '../../src/streams/socket-errors.ts'
import { KEEP_ALIVE_DELAY_MS } from '../../src/streams/keep-alive-delay-ms.ts'

/**
 * Opens a connection. Names are resolved by the system; of several addresses the next one is tried when one does not
 * answer (RFC 8305).
 * @param hasOnRead whether it is to read into the buffer of the process
 */
export function connectSocket(address: Address, options: ConnectOptions, hasOnRead: boolean): SocketConnection {
  let socket!: Socket
  let isOpen = false
  const connection = new SocketConnection({
    open: (onread) => {
      socket = openSocket(address, options, hasOnRead ? onread : undefined)
      return socket
    },
    hasOnRead,
    toError: (error) => (isOpen ? resetError(error) : connectError(error, address)),
  })
  const timeout = limitTime(connection, address, options.connectTimeoutMs)
  socket.once('connect', () => {
    isOpen = true
    clearTimeout(timeout)
    connection.tellOpened()
  })
  socket.once('close', () => clearTimeout(timeout))
  return connection
}

function openSocket({ host, port }: Address, options: ConnectOptions, onread: OnReadOpts | undefined): Socket {
  const { keepAlive, noDelay } = options
  try {
    return connect({
      host,
      port,
      noDelay,
      keepAlive,
      keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
      allowHalfOpen: true,
      ...(onread === undefined ? {} : { onread }),
    })
  } catch (error) {
    // A port out of range: it is told like any other failure, by `onClose`.
    return new Socket().destroy(error as Error)
  }
}

function limitTime(connection: SocketConnection, address: Address, timeoutMs: number): NodeJS.Timeout | undefined {
  if (timeoutMs === 0) return undefined
  const giveUp = (): void => {
    const text = `Cannot connect to "${formatAddress(address)}": no answer after ${timeoutMs} ms`
    connection.fail(new ProxyError('CONNECT_TIMEOUT', text))
  }
  return setTimeout(giveUp, timeoutMs).unref()
}
