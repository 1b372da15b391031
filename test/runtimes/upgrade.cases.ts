import { once } from 'node:events'
import { expect } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { FeatureCases, World } from './support/scenario.ts'
import type { TestUpstream } from './support/test-upstream.ts'

interface Echo {
  readonly upstream: TestUpstream
  readonly server: WebSocketServer
}

/** A server of WebSockets that sends back what it gets, and says no to `/at/no`. */
async function startEcho(world: World): Promise<Echo> {
  const upstream = await world.upstream((_, response) => response.end('plain'))
  const server = new WebSocketServer({ noServer: true, handleProtocols: (protocols) => [...protocols].at(-1) ?? false })
  server.on('connection', (peer) => peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary })))
  upstream.server.on('upgrade', (request, socket, head) => {
    if (request.url === '/at/no')
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno')
    else server.handleUpgrade(request, socket, head, (peer) => server.emit('connection', peer, request))
  })
  return { upstream, server }
}

async function openSocket(world: World, { upstream }: Echo, protocols: string[] = []): Promise<WebSocket> {
  const headers = { 'x-upstreams': world.target(upstream.address) }
  const socket = new WebSocket(`ws://127.0.0.1:${world.port}/at/socket`, protocols, { headers })
  world.onEnd(() => socket.terminate())
  await once(socket, 'open')
  return socket
}

export const WEB_SOCKET: FeatureCases = {
  feature: 'WebSocket',
  describe: (scenario) => {
    scenario('text and bytes pass both ways', ['upgrade'], async (world) => {
      const socket = await openSocket(world, await startEcho(world))
      for (const sent of ['hello', 'ä'.repeat(70_000), '']) {
        socket.send(sent)
        const [data, isBinary] = (await once(socket, 'message')) as [Buffer, boolean]
        expect([data.toString(), isBinary]).toEqual([sent, false])
      }
      const bytes = Buffer.alloc(100_000, 'bytes')
      socket.send(bytes)
      const [data, isBinary] = (await once(socket, 'message')) as [Buffer, boolean]
      expect([data.equals(bytes), isBinary]).toEqual([true, true])
    })

    scenario('the protocol that the upstream chose reaches the client', ['upgrade'], async (world) => {
      const socket = await openSocket(world, await startEcho(world), ['one', 'two'])
      expect(socket.protocol).toBe('two')
    })

    scenario("the client's close reaches the upstream with code and reason", ['upgrade'], async (world) => {
      const echo = await startEcho(world)
      const connected = once(echo.server, 'connection') as Promise<[WebSocket]>
      const socket = await openSocket(world, echo)
      const [peer] = await connected
      const closed = once(peer, 'close') as Promise<[number, Buffer]>
      socket.close(4001, 'had enough')
      const [code, reason] = await closed
      expect([code, reason.toString()]).toEqual([4001, 'had enough'])
    })

    scenario("the upstream's close reaches the client with code and reason", ['upgrade'], async (world) => {
      const echo = await startEcho(world)
      const connected = once(echo.server, 'connection') as Promise<[WebSocket]>
      const socket = await openSocket(world, echo)
      const [peer] = await connected
      const closed = once(socket, 'close') as Promise<[number, Buffer]>
      peer.close(4002, 'go away')
      const [code, reason] = await closed
      expect([code, reason.toString()]).toEqual([4002, 'go away'])
    })

    scenario('an upgrade that is refused is an answer like others', ['upgrade'], async (world) => {
      const { upstream } = await startEcho(world)
      const headers = { 'x-upstreams': world.target(upstream.address) }
      const socket = new WebSocket(`ws://127.0.0.1:${world.port}/at/no`, { headers })
      socket.on('error', () => undefined)
      const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }]
      expect(response.statusCode).toBe(403)
      socket.terminate()
    })
  },
}
