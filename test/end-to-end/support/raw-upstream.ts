import { createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/**
 * A server of node:net that does with its connections what no HTTP server would.
 * @param serve is given each connection that it accepts
 * @returns its address
 */
export async function startRawUpstream(serve: (socket: Socket) => void): Promise<string> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    // What the proxy does to a connection that misbehaves is its own affair.
    socket.on('error', () => socket.destroy())
    sockets.push(socket)
    serve(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error(`Cannot use upstream: it listens on ${address}`)
  return `127.0.0.1:${address.port}`
}
