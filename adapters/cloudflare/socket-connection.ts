import { connect } from 'cloudflare:sockets'
import { ProxyError } from '../../src/errors.ts'
import type { Address, Connection, ConnectionInfo, ConnectOptions } from '../../src/transport.ts'
import { formatTarget } from './format-target.ts'

/**
 * A connection of `cloudflare:sockets`, which is a pair of Web Streams; by TLS for `https` targets. TCP options are the
 * platform's own: `keepAlive` and `noDelay` are not for setting there.
 *
 * `opened` rejects with CONNECT_TIMEOUT, and with CONNECTION_REFUSED for all that the platform says.
 */
export function socketConnection(address: Address, { connectTimeoutMs }: ConnectOptions): Connection {
  const { host, port, scheme } = address
  const target = formatTarget(address)
  const hostname = host.includes(':') ? `[${host}]` : host
  const socket = connect(
    { hostname, port },
    { secureTransport: scheme === 'https' ? 'on' : 'off', allowHalfOpen: true },
  )
  const info: ConnectionInfo = { remoteAddress: host, remotePort: port, localAddress: '', localPort: 0 }
  const timeout = new Promise<never>((_, reject) => {
    if (connectTimeoutMs === 0) return
    const timer = setTimeout(() => {
      reject(new ProxyError('CONNECT_TIMEOUT', `Cannot connect to "${target}": ${connectTimeoutMs} ms are over`))
      void socket.close()
    }, connectTimeoutMs)
    const cancel = (): void => clearTimeout(timer)
    socket.opened.then(cancel, cancel)
  })
  const stands = socket.opened.then(
    () => undefined,
    (error: unknown) => {
      throw ProxyError.from(error, 'CONNECTION_REFUSED', `Cannot connect to "${target}"`)
    },
  )
  const opened = Promise.race([stands, timeout])
  const closed = opened.then(() => socket.closed)
  // Whoever uses the connection asks for both; a rejection that nobody waits for is no defect.
  opened.catch(() => undefined)
  closed.catch(() => undefined)
  // To cancel and abort its streams leaves a socket open.
  const giveUp = (): void => void socket.close().catch(() => undefined)
  return { readable: socket.readable, writable: socket.writable, opened, closed, giveUp, info }
}
