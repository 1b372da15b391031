import { once } from 'node:events'
import { createServer } from 'node:http'
import WebSocket, { WebSocketServer } from 'ws'
import { runCycles } from './cycles.ts'
import { poolScript } from './pool-script.ts'
import { listen } from './sockets.ts'
import type { Work } from './work.ts'

const SERVER_CODE = 4000
const CLIENT_CODE = 4001
const GONE_CODE = 1006

/** In which ways a WebSocket ends, and the code that the client is told of its end, and the server of its own. */
const WAYS = [
  { path: '/client-closes', clientCode: CLIENT_CODE, serverCode: CLIENT_CODE },
  { path: '/server-closes', clientCode: SERVER_CODE, serverCode: SERVER_CODE },
  { path: '/client-is-gone', clientCode: GONE_CODE, serverCode: GONE_CODE },
  { path: '/server-is-gone', clientCode: GONE_CODE, serverCode: GONE_CODE },
] as const
const REFUSED = '/refused'

/** WebSockets, opened and closed in every way in which they end, and refused. */
export const websockets: Work = {
  name: 'websockets',
  run: async (settings) => {
    const server = createServer()
    const sockets = new WebSocketServer({ noServer: true })
    let ended = 0
    const wrongEnds: string[] = []
    server.on('upgrade', (request, socket, head) => {
      socket.on('error', () => undefined)
      if (request.url === REFUSED) {
        socket.on('close', () => ended++)
        socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n')
        return
      }
      const way = WAYS.find(({ path }) => path === request.url)
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        webSocket
          .on('error', () => undefined)
          .on('close', (code) => {
            ended++
            if (code !== way?.serverCode) wrongEnds.push(`${request.url} ended with ${code}`)
          })
        webSocket.on('message', (message, isBinary) => {
          webSocket.send(message, { binary: isBinary }, () => {
            if (request.url === '/server-closes') webSocket.close(SERVER_CODE, 'bye')
            else if (request.url === '/server-is-gone') webSocket.terminate()
          })
        })
      })
    })
    const script = poolScript(await listen(server))
    try {
      return await runCycles({
        ...settings,
        what: 'WebSockets opened and ended, or refused',
        script,
        cycle: (port, i) => cycle(port, i % (WAYS.length + 1)),
        isOver: (count) => {
          if (wrongEnds.length > 0) throw new Error(`Cannot tell the server how it ended: ${wrongEnds[0]}`)
          return ended === count
        },
      })
    } finally {
      server.closeAllConnections()
      server.close()
    }
  },
}

async function cycle(port: number, number: number): Promise<void> {
  const way = WAYS[number]
  const client = new WebSocket(`ws://127.0.0.1:${port}${way?.path ?? REFUSED}`)
  let failure = ''
  const ended = new Promise<number>((resolve) => {
    client.on('error', (error) => (failure = error.message)).on('close', resolve)
  })
  if (way === undefined) {
    await ended
    if (!failure.includes('403')) throw new Error(`Cannot tell the client of the refusal: it says "${failure}"`)
    return
  }
  await once(client, 'open')
  const answered = new Promise((resolve) => client.once('message', resolve))
  client.send('hello')
  // A server that is gone may take its last message along.
  await Promise.race([answered, ended])
  if (way.path === '/client-closes') client.close(CLIENT_CODE, 'bye')
  else if (way.path === '/client-is-gone') client.terminate()
  const code = await ended
  if (code !== way.clientCode) throw new Error(`Cannot tell the client how it ended: ${way.path} ended with ${code}`)
}
