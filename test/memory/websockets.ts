import { once } from 'node:events'
import { createServer } from 'node:http'
import WebSocket, { WebSocketServer } from 'ws'
import { runCycles } from './cycles.ts'
import { poolScript } from './pool-script.ts'
import { listen } from './sockets.ts'
import type { Work } from './work.ts'

const WAYS = ['client closes', 'server closes', 'client is gone', 'server is gone', 'refused'] as const

/** WebSockets, opened and closed in every way in which they end. */
export const websockets: Work = {
  name: 'websockets',
  run: async (settings) => {
    const server = createServer()
    const sockets = new WebSocketServer({ noServer: true })
    let opened = 0
    let closed = 0
    server.on('upgrade', (request, socket, head) => {
      socket.on('error', () => undefined)
      if (request.url === '/refused') {
        socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n')
        return
      }
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        opened++
        webSocket.on('error', () => undefined).on('close', () => closed++)
        webSocket.on('message', (message, isBinary) => {
          webSocket.send(message, { binary: isBinary }, () => {
            if (request.url === '/server%20closes') webSocket.close(4000, 'bye')
            else if (request.url === '/server%20is%20gone') webSocket.terminate()
          })
        })
      })
    })
    const script = poolScript(await listen(server))
    try {
      return await runCycles({
        ...settings,
        what: 'WebSockets opened and ended',
        fullCount: 10_000,
        atOnce: 50,
        script,
        cycle: (port, i) => cycle(port, WAYS[i % WAYS.length] ?? 'refused'),
        isOver: () => opened > 0 && opened === closed,
      })
    } finally {
      server.closeAllConnections()
      server.close()
    }
  },
}

async function cycle(port: number, way: (typeof WAYS)[number]): Promise<void> {
  const client = new WebSocket(`ws://127.0.0.1:${port}/${encodeURIComponent(way)}`)
  const ended = new Promise<void>((resolve) => {
    client.on('error', () => undefined).on('close', () => resolve())
  })
  if (way === 'refused') return ended
  await once(client, 'open')
  client.send('hello')
  // Whoever is gone may take its last message along.
  await Promise.race([once(client, 'message'), ended])
  if (way === 'client closes') client.close()
  else if (way === 'client is gone') client.terminate()
  return ended
}
