import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { pipy } from 'sluice'
import { serve } from 'sluice/node'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { RecordingLog } from '../support/recording-log.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { type Answer, HttpClient } from './support/http-client.ts'
import { isNginxInstalled, startNginxUpstream } from './support/nginx-upstream.ts'
import { PoolProxy } from './support/pool-proxy.ts'
import { TalkingUpstream } from './support/talking-upstream.ts'

vi.setConfig({ testTimeout: 30_000 })

const BODY = 'hello'

async function ask(client: HttpClient, method: string, path: string, body = ''): Promise<Answer> {
  const length = body === '' ? '' : `Content-Length: ${body.length}\r\n`
  client.send(`${method} ${path} HTTP/1.1\r\nHost: a\r\n${length}\r\n${body}`)
  return await client.readAnswer({ hasBody: method !== 'HEAD' })
}

describe.each(['FIN', 'RST'] as const)('a kept connection that is given up (%s)', (closing) => {
  test('while a script waits for the whole of a body concerns nobody: POST is sent once, over a new one', async () => {
    const sockets: Socket[] = []
    const upstream = await TalkingUpstream.start((socket, text, connection) => {
      sockets[connection] = socket
      if (text.endsWith('\r\n\r\n') || text.endsWith(BODY))
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na')
    })
    const log = new RecordingLog()
    const proxy = pipy()
      .listen('127.0.0.1:0')
      .demuxHTTP((request) =>
        request
          .replaceMessageBody((body) => body)
          .muxHTTP((connection) => connection.connect(upstream.address), 'all', { via: false }),
      )
    const server = await serve(proxy, { log })
    onTestFinished(() => server.close())
    const client = await HttpClient.connect(server.addresses[0]?.port as number)
    expect(await ask(client, 'GET', '/warm')).toMatchObject({ status: 200, body: 'a' })
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: ${BODY.length}\r\n\r\n`)
    // The proxy has the head, and has sent nothing of it on, when the connection is given up.
    expect((await client.readAnswer({ hasBody: false })).status).toBe(100)
    const socket = sockets[0] as Socket
    const isClosed = once(socket, 'close')
    if (closing === 'RST') socket.resetAndDestroy()
    else socket.end()
    await isClosed
    // A round trip through the proxy, which answers by itself: what the upstream did before it has reached it as well.
    const other = await HttpClient.connect(server.addresses[0]?.port as number)
    other.send('OPTIONS / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n')
    expect((await other.readAnswer()).status).toBe(200)
    client.send(BODY)
    expect(await client.readAnswer()).toMatchObject({ status: 200, body: 'a' })
    expect(upstream.acceptedCount).toBe(2)
    expect(upstream.received[0]).not.toContain('POST')
    expect(upstream.received[1]?.split('POST /')).toHaveLength(2)
    expect(log.entries).toEqual([])
  })
})

describe.skipIf(!isNginxInstalled)('nginx that keeps connections for a second and for five requests', () => {
  const methods = ['GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']

  test.each(['client', 'upstream'] as const)(
    'answers 500 requests in a row and 200 at once (by %s)',
    async (sharing) => {
      const address = await startNginxUpstream('keepalive_timeout 1s; keepalive_requests 5;')
      const proxy = await PoolProxy.start({ route: address, sharing, muxHTTP: { maxConnections: 8 } })
      const answerOf = async (client: HttpClient, i: number): Promise<void> => {
        const method = methods[i % methods.length] as string
        const body = /^P/.test(method) ? BODY : ''
        expect(await ask(client, method, `/${i}`, body)).toMatchObject({
          status: 200,
          body: method === 'HEAD' ? '' : method,
        })
      }
      const client = await HttpClient.connect(proxy.port)
      for (let i = 0; i < 500; i++) await answerOf(client, i)
      const clients = await Promise.all(Array.from({ length: 200 }, () => HttpClient.connect(proxy.port)))
      await Promise.all(clients.map((each, i) => answerOf(each, i)))
      expect(proxy.log.entries).toEqual([])
    },
  )
})

describe.each([
  ['says so', true],
  ['does not say so', false],
])('a server of node:http that keeps connections for 300 ms and %s', (_, isTold) => {
  const KEPT_MS = 300

  async function startNodeUpstream(): Promise<{
    readonly proxy: PoolProxy
    readonly sockets: Set<Socket>
    accepted: number
  }> {
    const sockets = new Set<Socket>()
    const server = createServer({ keepAliveTimeout: KEPT_MS }, (request, response) => {
      // Node names its time in an answer unless that has a Connection of its own.
      if (!isTold) response.setHeader('Connection', 'keep-alive')
      request.resume().on('end', () => response.end('a'))
    })
    Object.assign(server, { keepAliveTimeoutBuffer: 0 })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const proxy = await PoolProxy.start({ route: ({ path }) => (path === '/elsewhere' ? '' : address) })
    const started = { proxy, sockets, accepted: 0 }
    server.on('connection', (socket) => {
      started.accepted++
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    })
    return started
  }

  test('answers 300 GET that come when the time is about over', async () => {
    const upstream = await startNodeUpstream()
    const random = seededRandom(300)
    const clients = await Promise.all(Array.from({ length: 50 }, () => HttpClient.connect(upstream.proxy.port)))
    const statuses = await Promise.all(
      clients.map(async (client) => {
        const seen: number[] = []
        for (let i = 0; i < 6; i++) {
          // The first at once; each of the others when its predecessor's connection is about to be given up, or just was.
          const delayMs = i === 0 ? 0 : KEPT_MS - 20 + Math.floor(random() * 40)
          setTimeout(() => client.send(`GET /${i} HTTP/1.1\r\nHost: a\r\n\r\n`), delayMs)
          seen.push((await client.readAnswer()).status)
        }
        return seen
      }),
    )
    expect(new Set(statuses.flat())).toEqual(new Set([200]))
    expect(upstream.accepted).toBeGreaterThan(50)
    expect(upstream.proxy.log.entries).toEqual([])
  })

  test('answers POST that comes when the time is over', async () => {
    const { proxy, sockets } = await startNodeUpstream()
    const client = await HttpClient.connect(proxy.port)
    const other = await HttpClient.connect(proxy.port)
    for (let i = 0; i < 3; i++) {
      expect(await ask(client, 'POST', `/${i}`, BODY)).toMatchObject({ status: 200, body: 'a' })
      for (const socket of sockets) await once(socket, 'close')
      expect((await other.get('/elsewhere')).status).toBe(404)
    }
    expect(proxy.log.entries).toEqual([])
  })
})
