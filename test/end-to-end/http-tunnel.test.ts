import { execFile } from 'node:child_process'
import { createServer, request as httpRequest } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { Message, pipy, type ProxyDefinition } from 'sluice'
import { NodeLog, serve } from 'sluice/node'
import { ProxyAgent, request as undiciRequest } from 'undici'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { HttpClient } from './support/http-client.ts'
import { startRawUpstream } from './support/raw-upstream.ts'
import { Upstream } from './support/upstream.ts'

vi.setConfig({ testTimeout: 30_000 })

const run = promisify(execFile)
const hasCurl = await run('curl', ['--version']).then(
  () => true,
  () => false,
)
const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

interface Server {
  readonly address: string
  readonly port: number
  readonly connectionCount: () => number
}

async function start<V>(proxy: ProxyDefinition<V>): Promise<Server> {
  const server = await serve(proxy, { log: new NodeLog({ level: 'error' }) })
  closers.push(() => server.close())
  const port = server.addresses[0]?.port as number
  return { port, address: `127.0.0.1:${port}`, connectionCount: () => server.connectionCount }
}

/** An HTTP proxy that opens tunnels to the given targets and refuses all others. */
function startTunnelProxy(...targets: string[]): Promise<Server> {
  return start(
    pipy({ target: '' })
      .listen('127.0.0.1:0')
      .demuxHTTP((r) =>
        r.acceptHTTPTunnel(
          (t) => t.connect(($) => $.target),
          ({ head }, $) => {
            if (head.method !== 'CONNECT') return new Message({ status: 405 }, 'CONNECT only')
            if (!targets.includes(head.path ?? '')) return new Message({ status: 403 }, 'not allowed')
            $.target = head.path ?? ''
            return new Message({ status: 200 })
          },
        ),
      ),
  )
}

/** TCP in, and out through the HTTP proxy to the target. */
function startTunnelClient(proxy: string, target: string): Promise<Server> {
  return start(
    pipy({})
      .listen('127.0.0.1:0')
      .connectHTTPTunnel((t) => t.muxHTTP((u) => u.connect(proxy)), new Message({ method: 'CONNECT', path: target })),
  )
}

/** Asks for a tunnel as node:http does it. */
function openTunnel(
  port: number,
  target: string,
): Promise<{ status: number | undefined; socket: Socket; head: Buffer }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method: 'CONNECT', path: target, headers: { host: target } })
    request.on('connect', (response, socket, head) => {
      closers.push(() => socket.destroy())
      resolve({ status: response.statusCode, socket: socket as Socket, head })
    })
    request.on('error', reject)
    request.end()
  })
}

/** A socket whose halves end one by one, and what came over it when the other side has ended. */
async function openHalfOpen(port: number): Promise<{ socket: Socket; whole: Promise<string> }> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true }).setEncoding('latin1')
  closers.push(() => socket.destroy())
  const whole = new Promise<string>((resolve, reject) => {
    let text = ''
    socket.on('data', (data) => {
      text += String(data)
    })
    socket.on('end', () => resolve(text))
    socket.on('error', reject)
  })
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()))
  return { socket, whole }
}

/** A server that answers with the length of what it was sent, once that has ended. */
async function startCounter(): Promise<string> {
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    let size = 0
    socket.on('data', (bytes) => {
      size += bytes.length
    })
    socket.on('end', () => socket.end(`${size} bytes`))
    socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => new Promise((resolve) => server.close(resolve)))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A server that says all it has to say and ends, and then takes down what it hears. */
async function startGreeter(greeting: string): Promise<{ address: string; heard: Promise<string> }> {
  const { promise: heard, resolve } = Promise.withResolvers<string>()
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    let text = ''
    socket.end(greeting)
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
    })
    socket.on('end', () => resolve(text))
    socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve2) => server.listen(0, '127.0.0.1', resolve2))
  closers.push(() => new Promise((resolve2) => server.close(resolve2)))
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, heard }
}

/** The ways from a client to a target that are to be the same as a cable. */
const WAYS: readonly (readonly [string, (target: string) => Promise<Server>])[] = [
  ['listen → connect', (target) => start(pipy({}).listen('127.0.0.1:0').connect(target))],
  [
    'connectHTTPTunnel → acceptHTTPTunnel',
    async (target) => startTunnelClient((await startTunnelProxy(target)).address, target),
  ],
  [
    'connectHTTPTunnel through a proxy that sends CONNECT on to another one',
    async (target) => {
      const last = await startTunnelProxy(target)
      const middle = await start(
        pipy({})
          .listen('127.0.0.1:0')
          .demuxHTTP((r) => r.link('next', () => true, 'here'))
          .pipeline('next')
          .muxHTTP((u) => u.connect(last.address))
          .pipeline('here')
          .acceptHTTPTunnel('', () => new Message({ status: 403 })),
      )
      return startTunnelClient(middle.address, target)
    },
  ],
]

describe.each(WAYS)('%s', (_, startWay) => {
  test('passes all of both halves when the client ends first', async () => {
    const way = await startWay(await startCounter())
    const { socket, whole } = await openHalfOpen(way.port)
    for (let i = 0; i < 80; i++) {
      if (!socket.write(Buffer.alloc(64 * 1024, i))) await new Promise((resolve) => socket.once('drain', resolve))
    }
    socket.end('!')
    expect(await whole).toBe(`${80 * 64 * 1024 + 1} bytes`)
    await vi.waitFor(() => expect(way.connectionCount()).toBe(0))
  })

  test('passes all of both halves when the upstream ends first', async () => {
    const greeting = 'x'.repeat(3_000_000)
    const greeter = await startGreeter(greeting)
    const way = await startWay(greeter.address)
    const { socket, whole } = await openHalfOpen(way.port)
    expect((await whole) === greeting).toBe(true)
    socket.write('still ')
    socket.end('there')
    expect(await greeter.heard).toBe('still there')
    await vi.waitFor(() => expect(way.connectionCount()).toBe(0))
  })

  test('breaks off on the other side what is broken off on one side', async () => {
    const sockets: Socket[] = []
    const address = await startRawUpstream((socket) => void sockets.push(socket.resume()))
    const way = await startWay(address)
    const first = await openHalfOpen(way.port)
    first.whole.catch(() => undefined)
    first.socket.write('hello')
    await vi.waitFor(() => expect(sockets).toHaveLength(1))
    first.socket.resetAndDestroy()
    await vi.waitFor(() => expect(sockets[0]?.destroyed).toBe(true))
    const second = await openHalfOpen(way.port)
    const broken = second.whole.then(
      () => 'ended',
      (error: NodeJS.ErrnoException) => error.code,
    )
    second.socket.write('hello')
    await vi.waitFor(() => expect(sockets).toHaveLength(2))
    sockets[1]?.resetAndDestroy()
    expect(await broken).toBe('ECONNRESET')
    await vi.waitFor(() => expect(way.connectionCount()).toBe(0))
  })
})

describe('acceptHTTPTunnel on real sockets', () => {
  test.skipIf(!hasCurl)('serves curl --proxytunnel, which is not installed everywhere', async () => {
    const upstream = await Upstream.start('upstream')
    const proxy = await startTunnelProxy(upstream.address)
    const url = `http://${upstream.address}`
    const options = ['-sS', '-p', '-x', `http://${proxy.address}`]
    const { stdout } = await run('curl', [...options, `${url}/a`, `${url}/b`])
    expect(stdout).toBe('upstream GET /aupstream GET /b')
    const body = 'x'.repeat(100_000)
    const { stdout: posted } = await run('curl', [...options, '-d', body, `${url}/c`])
    expect(posted).toBe('upstream POST /c')
    const refused = await run('curl', [...options, 'http://127.0.0.1:1/']).catch((error: unknown) => error)
    expect(String((refused as { stderr: string }).stderr)).toContain('403')
    await vi.waitFor(() => expect(proxy.connectionCount()).toBe(0))
  })

  test('serves the CONNECT of node:http', async () => {
    const upstream = await Upstream.start('upstream')
    const proxy = await startTunnelProxy(upstream.address)
    const { status, socket } = await openTunnel(proxy.port, upstream.address)
    expect(status).toBe(200)
    socket.setEncoding('latin1')
    const text = new Promise<string>((resolve) => {
      let all = ''
      socket.on('data', (data) => {
        all += String(data)
      })
      socket.on('end', () => resolve(all))
    })
    socket.write('GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(await text).toMatch(/\r\n\r\nupstream GET \/x$/)
    await vi.waitFor(() => expect(proxy.connectionCount()).toBe(0))
  })

  test('refuses what is not allowed, and closes', async () => {
    const proxy = await startTunnelProxy('127.0.0.1:1')
    const { status, socket } = await openTunnel(proxy.port, '127.0.0.1:2')
    expect(status).toBe(403)
    socket.resume()
    await vi.waitFor(() => expect(proxy.connectionCount()).toBe(0))
  })

  test("serves undici's ProxyAgent", async () => {
    const upstream = await Upstream.start('upstream')
    const proxy = await startTunnelProxy(upstream.address)
    const agent = new ProxyAgent({ uri: `http://${proxy.address}`, proxyTunnel: true })
    closers.push(() => agent.close())
    for (const path of ['/a', '/b']) {
      const { body } = await undiciRequest(`http://${upstream.address}${path}`, { dispatcher: agent })
      expect(await body.text()).toBe(`upstream GET ${path}`)
    }
  })

  test('carries a WebSocket', async () => {
    const server = createServer()
    const sockets = new WebSocketServer({ server })
    sockets.on('connection', (peer) => peer.on('message', (data) => peer.send(data, { binary: true })))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closers.push(() => new Promise((resolve) => server.close(resolve)))
    const target = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const proxy = await startTunnelProxy(target)
    const { socket } = await openTunnel(proxy.port, target)
    const client = new WebSocket(`ws://${target}/`, { createConnection: () => socket })
    await new Promise((resolve, reject) => client.once('open', resolve).once('error', reject))
    const frame = Buffer.alloc(10_000_000, 'sluice')
    const echoed = new Promise<Buffer>((resolve) => client.once('message', (data) => resolve(data as Buffer)))
    client.send(frame)
    expect(frame.equals(await echoed)).toBe(true)
    const closed = new Promise<number>((resolve) => client.once('close', resolve))
    client.close(4001, 'enough')
    expect(await closed).toBe(4001)
    await vi.waitFor(() => expect(proxy.connectionCount()).toBe(0))
  })

  test('opens a tunnel behind other requests of the same connection, in one segment', async () => {
    const upstream = await Upstream.start('upstream')
    const proxy = await startTunnelProxy(upstream.address)
    const client = await HttpClient.connect(proxy.port)
    client.send(
      `GET / HTTP/1.1\r\nHost: a\r\n\r\nCONNECT ${upstream.address} HTTP/1.1\r\nHost: ${upstream.address}\r\n\r\n` +
        'GET /through HTTP/1.1\r\nHost: b\r\n\r\n',
    )
    expect(await client.readAnswer()).toMatchObject({ status: 405, body: 'CONNECT only' })
    expect(await client.readAnswer()).toMatchObject({ status: 200, body: '' })
    expect(await client.readAnswer()).toMatchObject({ status: 200, body: 'upstream GET /through' })
    await client.leave()
    await vi.waitFor(() => expect(proxy.connectionCount()).toBe(0))
  })

  test('opens and closes a thousand tunnels, and keeps none', async () => {
    const accepted: Socket[] = []
    const address = await startRawUpstream((socket) => {
      accepted.push(socket)
      socket.pipe(socket)
    })
    const proxy = await startTunnelProxy(address)
    for (let round = 0; round < 20; round++) {
      await Promise.all(
        Array.from({ length: 50 }, async (_, i) => {
          const client = await HttpClient.connect(proxy.port)
          client.send(`CONNECT ${address} HTTP/1.1\r\nHost: ${address}\r\n\r\n`)
          await client.readAnswer()
          if (i % 2 === 0) return void client.socket.resetAndDestroy()
          await client.leave()
        }),
      )
    }
    await vi.waitFor(() => expect(proxy.connectionCount()).toBe(0))
    await vi.waitFor(() => expect(accepted.filter((socket) => !socket.destroyed)).toEqual([]), { timeout: 5000 })
  })
})
