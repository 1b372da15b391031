import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server as TcpServer,
  type Socket,
} from 'node:net'
import type { Duplex } from 'node:stream'
import { algo, pipy } from 'sluice'
import { serve } from 'sluice/node'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import WebSocket, { WebSocketServer } from 'ws'
import { RecordingLog } from '../support/recording-log.ts'
import { findClosedAddress } from './support/closed-address.ts'
import { HttpClient } from './support/http-client.ts'

vi.setConfig({ testTimeout: 20_000 })

interface StartedProxy {
  readonly service: algo.Service
  readonly port: number
}

async function startProxy(options: algo.ServiceOptions, allowConnect = true): Promise<StartedProxy> {
  const service = new algo.Service({ name: 'proxies', ...options })
  const definition = pipy()
    .listen('127.0.0.1:0')
    .demuxHTTP((p) => p.forward(service, { allowConnect }))
  const server = await serve(definition, { log: new RecordingLog() })
  onTestFinished(() => server.close())
  return { service, port: server.addresses[0]?.port as number }
}

/** A server that sends back what it gets, in capitals, and ends when the client does. */
async function startEcho(): Promise<string> {
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes) => socket.write(bytes.toString('latin1').toUpperCase(), 'latin1'))
    socket.on('end', () => socket.end('BYE'))
  })
  return await listen(server)
}

type Answer = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** A proxy of node:http that opens tunnels: what a target of the service is. */
class TunnelProxy {
  /** Who asked for what. */
  readonly asked: string[] = []
  readonly server: Server
  /** Its sides of the tunnels' clients. */
  readonly tunnels: Socket[] = []
  acceptedCount = 0
  address = ''

  /** @param answer each CONNECT. @default opens the tunnel */
  static async start(answer?: Answer): Promise<TunnelProxy> {
    const proxy = new TunnelProxy(answer)
    proxy.address = await listen(proxy.server)
    onTestFinished(() => proxy.server.closeAllConnections())
    return proxy
  }

  private constructor(answer: Answer = (request, socket, head) => this.#open(request, socket, head)) {
    this.server = createServer((request, response) => {
      if (request.url !== '/silent') response.end('plain')
    })
    this.server.on('connection', () => this.acceptedCount++)
    this.server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy())
      this.asked.push(request.url ?? '')
      answer(request, socket, head)
    })
  }

  #open(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const [host, port] = (request.url ?? '').split(':')
    const out = connect({ host: host as string, port: Number(port), allowHalfOpen: true }, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      out.write(head)
      socket.pipe(out).pipe(socket)
    })
    this.tunnels.push(socket as Socket)
    out.on('error', () => socket.destroy())
    socket.on('close', () => out.destroy())
  }
}

async function listen(server: TcpServer): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const connectTo = (address: string, more = ''): string =>
  `CONNECT ${address} HTTP/1.1\r\nHost: ${address}\r\n${more}\r\n`

/** A client with its tunnel open. */
async function openTunnel(port: number, address: string): Promise<HttpClient> {
  const client = await HttpClient.connect(port)
  client.send(connectTo(address))
  expect(await client.readAnswer()).toMatchObject({ status: 200 })
  return client
}

const bytesOf = async (client: HttpClient): Promise<string> => String((await once(client.socket, 'data'))[0])

describe('CONNECT through forward, over sockets', () => {
  test('opens a tunnel through a target, which counts as under way until both sides have ended', async () => {
    const echo = await startEcho()
    const target = await TunnelProxy.start()
    const { service, port } = await startProxy({ targets: [target.address] })
    const client = await openTunnel(port, echo)
    expect(target.asked).toEqual([echo])
    client.send('hello')
    expect(await bytesOf(client)).toBe('HELLO')
    expect(service.statistics).toMatchObject({ active: 1, requests: 1 })
    const rest = client.readToEnd()
    client.socket.end('last')
    expect(await rest).toMatch(/LASTBYE$/)
    await expect.poll(() => service.statistics).toMatchObject({ active: 0, failures: 0 })
  })

  test.each<[string, (client: HttpClient, target: TunnelProxy) => void]>([
    ['the client cuts it', ({ socket }) => socket.resetAndDestroy()],
    ['the target cuts it', (_, target) => target.tunnels[0]?.resetAndDestroy()],
  ])('lets go of the target when %s', async (_, cut) => {
    const echo = await startEcho()
    const target = await TunnelProxy.start()
    const { service, port } = await startProxy({ targets: [target.address] })
    const client = await openTunnel(port, echo)
    expect(service.statistics.active).toBe(1)
    client.socket.on('error', () => undefined)
    const closed = new Promise((resolve) => client.socket.once('close', resolve))
    cut(client, target)
    await closed
    await expect.poll(() => service.statistics).toMatchObject({ active: 0, failures: 0, requests: 1 })
  })

  test('passes a megabyte both ways, with what the client sent behind its request', async () => {
    const echo = await startEcho()
    const target = await TunnelProxy.start()
    const { port } = await startProxy({ targets: [target.address] })
    const client = await HttpClient.connect(port)
    client.send(`${connectTo(echo)}first-`)
    const sent = 'abcdefgh'.repeat(128 * 1024)
    client.socket.end(sent)
    const all = await client.readToEnd()
    const body = all.slice(all.indexOf('\r\n\r\n') + 4)
    expect(body.length).toBe('first-'.length + sent.length + 'BYE'.length)
    expect(body === `FIRST-${sent.toUpperCase()}BYE`).toBe(true)
  })

  test('gives tunnels to the targets in turn, and plain requests as well', async () => {
    const echo = await startEcho()
    const targets = [await TunnelProxy.start(), await TunnelProxy.start()]
    const { service, port } = await startProxy({ targets: targets.map(({ address }) => address) })
    for (let i = 0; i < 4; i++) await openTunnel(port, echo)
    expect(targets.map(({ asked }) => asked.length)).toEqual([2, 2])
    expect(service.statistics.active).toBe(4)
    expect(await (await HttpClient.connect(port)).get('/')).toMatchObject({ status: 200, body: 'plain' })
  })

  test('asks the next target while there was no connection', async () => {
    const echo = await startEcho()
    const target = await TunnelProxy.start()
    const { service, port } = await startProxy({ targets: [await findClosedAddress(), target.address] })
    await openTunnel(port, echo)
    expect(service.statistics).toMatchObject({ active: 1, retries: 1, failures: 1 })
  })

  test('asks nobody else when a target may have got it, unless retry.methods has CONNECT', async () => {
    const echo = await startEcho()
    const dying = await TunnelProxy.start((_, socket) => (socket as Socket).resetAndDestroy())
    const good = await TunnelProxy.start()
    const targets = [dying.address, good.address]
    const usual = await startProxy({ targets })
    const client = await HttpClient.connect(usual.port)
    client.send(connectTo(echo))
    expect(await client.readAnswer()).toMatchObject({ status: 502 })
    expect([dying.asked.length, good.asked.length]).toEqual([1, 0])
    const again = await startProxy({ targets, retry: { methods: ['GET', 'CONNECT'] } })
    await openTunnel(again.port, echo)
    expect([dying.asked.length, good.asked.length]).toEqual([2, 1])
  })

  test.each(['407 Proxy Authentication Required', '503 Service Unavailable'])(
    'passes on %s, and closes the connection of a client that may not have waited',
    async (status) => {
      const echo = await startEcho()
      const refusing = await TunnelProxy.start((_, socket) => {
        socket.write(`HTTP/1.1 ${status}\r\nProxy-Authenticate: Basic realm="a"\r\nContent-Length: 2\r\n\r\nno`)
      })
      const { service, port } = await startProxy({ targets: [refusing.address] })
      const client = await HttpClient.connect(port)
      client.send(`${connectTo(echo)}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n`)
      const all = await client.readToEnd()
      expect(all).toMatch(new RegExp(`^HTTP/1\\.1 ${status}\\r\\n`))
      expect(all).toMatch(/\r\nProxy-Authenticate: Basic realm="a"\r\n/)
      expect(all.endsWith('\r\n\r\nno')).toBe(true)
      expect(refusing.asked).toEqual([echo])
      expect(service.statistics).toMatchObject({ active: 0, requests: 1 })
    },
  )

  test('counts none of the times of a request in the tunnel', async () => {
    const echo = await startEcho()
    const target = await TunnelProxy.start()
    const { service, port } = await startProxy({
      targets: [target.address],
      timeouts: { responseMs: 100, bodyMs: 100, exchangeMs: 100 },
      retry: { perTryTimeoutMs: 100 },
    })
    const client = await openTunnel(port, echo)
    // Each takes as long as one of the times.
    for (let i = 0; i < 4; i++)
      expect(await (await HttpClient.connect(port)).get('/silent')).toMatchObject({ status: 504 })
    client.send('still here')
    expect(await bytesOf(client)).toBe('STILL HERE')
    expect(service.statistics.active).toBe(1)
  })

  test('counts them before: a target that does not answer is 504', async () => {
    const silent = await TunnelProxy.start(() => undefined)
    const { service, port } = await startProxy({ targets: [silent.address], timeouts: { responseMs: 100 } })
    const client = await HttpClient.connect(port)
    client.send(connectTo('a.example:443'))
    expect(await client.readAnswer()).toMatchObject({ status: 504 })
    expect(service.statistics).toMatchObject({ active: 0, failures: 1 })
  })

  test('is refused with 501 without allowConnect, and asks nobody', async () => {
    const target = await TunnelProxy.start()
    const { port } = await startProxy({ targets: [target.address] }, false)
    const client = await HttpClient.connect(port)
    client.send(connectTo('a.example:443'))
    expect(await client.readAnswer()).toMatchObject({ status: 501 })
    expect(target.asked).toEqual([])
  })
})

describe('a WebSocket through forward, over sockets', () => {
  test.each<[string, (client: WebSocket, peer: WebSocket) => void]>([
    ['the client closes it', (client) => client.close(1000)],
    ['the client leaves', (client) => client.terminate()],
    ['the target closes it', (_, peer) => peer.close(1001)],
    ['the target leaves', (_, peer) => peer.terminate()],
  ])('counts as under way at its target until %s', async (_, end) => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const targets = [await findClosedAddress(), `127.0.0.1:${(server.address() as AddressInfo).port}`]
    const { service, port } = await startProxy({ targets })
    const accepted = once(server, 'connection')
    const client = new WebSocket(`ws://127.0.0.1:${port}/chat`)
    client.on('error', () => undefined)
    const opened = once(client, 'open')
    const [peer] = (await accepted) as [WebSocket]
    peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary }))
    await opened
    client.send('x'.repeat(100_000))
    expect(String((await once(client, 'message'))[0])).toHaveLength(100_000)
    expect(service.statistics).toMatchObject({ active: 1, retries: 1, activeRetries: 1 })
    const over = Promise.all([once(client, 'close'), once(peer, 'close')])
    end(client, peer)
    await over
    await expect.poll(() => service.statistics).toMatchObject({ active: 0, activeRetries: 0, failures: 1 })
  })
})
