import { onTestFinished } from 'vitest'
import type { NodeTransport } from '../../../adapters/node/node-transport.ts'
import type { SocketListener } from '../../../adapters/node/socket-listener.ts'
import type { Connection, DirectConnection, ListenOptions } from '../../../src/transport.ts'
import { RecordingHandler } from '../recording-handler.ts'

export const LOCAL = { host: '127.0.0.1', port: 0 }
export const CONNECT = { connectTimeoutMs: 5000, keepAlive: true, noDelay: true }
export const LISTEN: ListenOptions = { keepAlive: true, noDelay: true, onError: (error) => Promise.reject(error) }

/** Listens until the test is over; then the accepted connections are closed too. */
export async function listen(
  transport: NodeTransport,
  accept: (connection: Connection) => void,
  options: ListenOptions = LISTEN,
): Promise<SocketListener> {
  const accepted: Connection[] = []
  const listener = await transport.listen(LOCAL, options, (connection) => {
    accepted.push(connection)
    accept(connection)
  })
  onTestFinished(async () => {
    for (const connection of accepted) connection.direct?.close()
    await listener.close()
  })
  return listener as SocketListener
}

/** Connects until the test is over. */
export function connect(transport: NodeTransport, port: number, host = '127.0.0.1'): RecordingHandler {
  const handler = new RecordingHandler(transport.connect({ host, port }, CONNECT))
  onTestFinished(() => handler.direct.close())
  return handler
}

/** The direct path, which connections of node:net have. */
export function direct(connection: Connection): DirectConnection {
  if (connection.direct === undefined) throw new Error('The connection has no direct path')
  return connection.direct
}
