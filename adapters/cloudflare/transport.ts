import { connect } from 'cloudflare:sockets'
import { ProxyError } from '../../src/errors.ts'
import type { Address, Connection, ConnectionInfo, ConnectOptions, Timer, Transport } from '../../src/transport.ts'

/**
 * Workers as a transport: connections of `cloudflare:sockets`, which are pairs of Web Streams. Workers have no
 * listening sockets; requests come in through fetch. TCP options are the platform's own: `keepAlive` and `noDelay` are
 * not for setting there.
 */
export const cloudflareTransport: Transport = {
  name: 'cloudflare',
  capabilities: {
    tcpListen: false,
    tcpConnect: true,
    sharedSockets: false,
    rawHeaders: true,
    upgrade: false,
    tls: false,
    background: false,
    targetSchemes: ['http', 'tcp'],
  },
  connect: openConnection,
  now: () => performance.now(),
  setTimer,
  random: () => Math.random(),
}

function openConnection({ host, port }: Address, { connectTimeoutMs }: ConnectOptions): Connection {
  const socket = connect({ hostname: host, port }, { secureTransport: 'off', allowHalfOpen: true })
  const info: ConnectionInfo = { remoteAddress: host, remotePort: port, localAddress: '', localPort: 0 }
  const timeout = new Promise<never>((_, reject) => {
    if (connectTimeoutMs === 0) return
    const timer = setTimer(() => {
      reject(new ProxyError('CONNECT_TIMEOUT', `Cannot connect to "${host}:${port}": ${connectTimeoutMs} ms are over`))
      void socket.close()
    }, connectTimeoutMs)
    socket.opened.then(timer.cancel, timer.cancel)
  })
  const stands = socket.opened.then(
    () => undefined,
    (error: unknown) => {
      throw ProxyError.from(error, 'CONNECTION_REFUSED', `Cannot connect to "${host}:${port}"`)
    },
  )
  const opened = Promise.race([stands, timeout])
  const closed = opened.then(() => socket.closed)
  // Whoever uses the connection asks for both; a rejection that nobody waits for is no defect.
  opened.catch(() => undefined)
  closed.catch(() => undefined)
  return { readable: socket.readable, writable: socket.writable, opened, closed, info }
}

function setTimer(callback: () => void, delayMs: number): Timer {
  const id = setTimeout(callback, delayMs)
  return { cancel: () => clearTimeout(id) }
}
