import { once } from 'node:events'
import { connect, type Server, type Socket } from 'node:net'

/** Listens on a free port. */
export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1', 4096)
  await once(server, 'listening')
  return (server.address() as { port: number }).port
}

/** A client connection that stands. */
export async function openSocket(port: number, localAddress?: string): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, ...(localAddress === undefined ? {} : { localAddress }) })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** Settles when the connection is over, however it ended. */
export function whenClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()))
}
