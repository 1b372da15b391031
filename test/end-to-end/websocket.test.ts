import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { algo, pipy } from 'sluice'
import { NodeLog, serve } from 'sluice/node'
import { afterEach, expect, test, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'

vi.setConfig({ testTimeout: 30_000 })

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A server of WebSockets that sends back what it gets, and of plain HTTP. */
class EchoServer {
  readonly server: Server
  readonly sockets = new Set<Socket>()
  readonly closes: { readonly code: number; readonly reason: string }[] = []

  private constructor() {
    this.server = createServer((request, response) => response.end(`plain ${request.url ?? ''}`))
    this.server.on('connection', (socket) => {
      this.sockets.add(socket)
      socket.on('close', () => this.sockets.delete(socket))
    })
    const webSockets = new WebSocketServer({
      noServer: true,
      handleProtocols: (protocols) => [...protocols].at(-1) ?? false,
    })
    webSockets.on('connection', (peer) => {
      peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary }))
      peer.on('close', (code, reason) => this.closes.push({ code, reason: reason.toString() }))
    })
    this.server.on('upgrade', (request, socket, head) => {
      if (request.url === '/no') {
        socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno\n')
        return
      }
      webSockets.handleUpgrade(request, socket, head, (peer) => webSockets.emit('connection', peer, request))
    })
  }

  static async start(): Promise<EchoServer> {
    const echo = new EchoServer()
    await new Promise<void>((resolve) => echo.server.listen(0, '127.0.0.1', resolve))
    closers.push(() => {
      for (const socket of echo.sockets) socket.destroy()
      return new Promise((resolve) => echo.server.close(resolve))
    })
    return echo
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }
}

/** The connection-pool proxy in front of a server. @returns its address */
async function startProxy(target: string): Promise<string> {
  let last = 0
  const pool = new algo.ResourcePool<number, string>(() => ++last)
  const proxy = pipy({ held: undefined as algo.Cache<string, number> | undefined })
    .listen('127.0.0.1:0')
    .handleSessionStart((_, $) => {
      $.held = new algo.Cache<string, number>(
        (key) => pool.allocate(key),
        (_key, id) => pool.free(id),
      )
    })
    .handleSessionEnd((_, $) => $.held?.clear())
    .demuxHTTP('forward')
    .pipeline('forward')
    .muxHTTP('connection', ($) => $.held?.get(target))
    .pipeline('connection')
    .connect(target)
  const server = await serve(proxy, { log: new NodeLog({ level: 'error' }) })
  closers.push(() => server.close())
  return `127.0.0.1:${server.addresses[0]?.port}`
}

function open(address: string, path = '/', protocols: string[] = []): WebSocket {
  const client = new WebSocket(`ws://${address}${path}`, protocols)
  closers.push(() => client.terminate())
  return client
}

function once(client: WebSocket, event: string): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    client.once(event, (...values: unknown[]) => resolve(values))
    if (event !== 'error') client.once('error', reject)
  })
}

test('A WebSocket passes: text, a frame of 10 MB, ping and pong, the subprotocol, the code of its end', async () => {
  const echo = await EchoServer.start()
  const client = open(await startProxy(echo.address), '/chat', ['chat.v1', 'chat.v2'])
  await once(client, 'open')
  expect(client.protocol).toBe('chat.v2')
  client.send('grüße')
  expect(String((await once(client, 'message'))[0])).toBe('grüße')
  client.ping('are you there')
  expect(String((await once(client, 'pong'))[0])).toBe('are you there')
  const frame = Buffer.alloc(10_000_000, 'sluice')
  client.send(frame)
  const [received] = await once(client, 'message')
  expect(frame.equals(received as Buffer)).toBe(true)
  client.close(4001, 'enough')
  expect((await once(client, 'close')).map(String)).toEqual(['4001', 'enough'])
  await vi.waitFor(() => expect(echo.closes).toEqual([{ code: 4001, reason: 'enough' }]))
})

test('An upgrade that the upstream refuses is answered as plain HTTP', async () => {
  const echo = await EchoServer.start()
  const client = open(await startProxy(echo.address), '/no')
  const [error] = await once(client, 'error')
  expect(String(error)).toContain('403')
})

test('A client that breaks off takes its upstream connection with it, and the next one is served', async () => {
  const echo = await EchoServer.start()
  const address = await startProxy(echo.address)
  const client = open(address)
  await once(client, 'open')
  client.terminate()
  await vi.waitFor(() => expect([echo.sockets.size, echo.closes.length]).toEqual([0, 1]))
  const answer = await fetch(`http://${address}/next`)
  expect(await answer.text()).toBe('plain /next')
})

test('An upstream that breaks off takes its client with it', async () => {
  const echo = await EchoServer.start()
  const client = open(await startProxy(echo.address))
  await once(client, 'open')
  for (const socket of echo.sockets) socket.resetAndDestroy()
  expect((await once(client, 'close'))[0]).toBe(1006)
})

test('A hundred WebSockets, opened and closed one after the other, leave no connection behind', async () => {
  const echo = await EchoServer.start()
  const address = await startProxy(echo.address)
  for (let i = 0; i < 100; i++) {
    const client = open(address)
    await once(client, 'open')
    client.close()
    await once(client, 'close')
  }
  await vi.waitFor(() => expect([echo.sockets.size, echo.closes.length]).toEqual([0, 100]))
})
