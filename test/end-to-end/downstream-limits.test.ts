import { request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { algo, Message, pipy } from 'sluice'
import { NodeLog, serve } from 'sluice/node'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { HttpClient } from './support/http-client.ts'
import { startRawUpstream } from './support/raw-upstream.ts'
import { Upstream } from './support/upstream.ts'

vi.setConfig({ testTimeout: 30_000 })

const MIB = 1024 * 1024
/** Longer than a connection lingers that is read no more. */
const LINGERING = { timeout: 10_000 }
const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** The options of demuxHTTP that are tried here. */
interface Limits {
  readonly headTimeoutMs?: number
  readonly bodyTimeoutMs?: number
  readonly keepAliveTimeoutMs?: number
  readonly maxRequests?: number
  readonly maxBodyBytes?: number
}

interface Server {
  readonly port: number
  readonly connectionCount: () => number
  /** How many users each pooled connection had handed out and not given back. */
  readonly heldCount: () => number
}

/** The connection-pool proxy in front of a server; `/plain` it answers itself. */
async function startProxy(target: string, options: Limits): Promise<Server> {
  let last = 0
  let held = 0
  const pool = new algo.ResourcePool<number, string>(() => ++last)
  const proxy = pipy({ connections: undefined as algo.Cache<string, number> | undefined, isPlain: false })
    .listen('127.0.0.1:0')
    .handleSessionStart((_, $) => {
      $.connections = new algo.Cache<string, number>(
        (key) => {
          held++
          return pool.allocate(key)
        },
        (_key, id) => {
          held--
          pool.free(id)
        },
      )
    })
    .handleSessionEnd((_, $) => $.connections?.clear())
    .demuxHTTP('request', options)
    .pipeline('request')
    .handleMessageStart(({ head }, $) => {
      $.isPlain = head.path?.startsWith('/plain') === true
    })
    .link('plain', ($) => $.isPlain, 'forward')
    .pipeline('plain')
    .replaceMessage(({ head }) => new Message({ status: 200 }, head.path))
    .pipeline('forward')
    .muxHTTP('connection', ($) => $.connections?.get(target))
    .pipeline('connection')
    .connect(target)
  const server = await serve(proxy, { log: new NodeLog({ level: 'error' }) })
  closers.push(() => server.close())
  return {
    port: server.addresses[0]?.port as number,
    connectionCount: () => server.connectionCount,
    heldCount: () => held,
  }
}

/** How a client's connection went: what came, and how it ended. */
interface Ending {
  readonly text: string
  readonly error: string | undefined
}

/** Sends a head and then as much of a body as the socket takes, until the other side ends. */
function uploadUntilEnd(port: number, head: string, piece: Buffer): Promise<Ending> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    let text = ''
    let isOver = false
    const upload = (): void => {
      while (!isOver && socket.write(piece));
    }
    socket.setEncoding('latin1')
    socket.on('connect', () => {
      socket.write(head)
      upload()
    })
    socket.on('drain', upload)
    socket.on('data', (data) => {
      text += String(data)
    })
    const end = (error?: string): void => {
      isOver = true
      socket.destroy()
      resolve({ text, error })
    }
    socket.on('end', () => end())
    socket.on('error', (error) => end(String(error)))
  })
}

describe('demuxHTTP on real sockets', () => {
  test('answers 408 to each of many heads that come slowly, and closes; others are served meanwhile', async () => {
    const upstream = await Upstream.start('upstream')
    const proxy = await startProxy(upstream.address, { headTimeoutMs: 300 })
    const slow = await Promise.all(Array.from({ length: 100 }, () => HttpClient.connect(proxy.port)))
    const timers = slow.map((client, i) => {
      client.send(`GET /${i} HTTP/1.1\r\nHost: a\r\n`)
      return setInterval(() => client.socket.writable && client.send('X: y\r\n'), 50)
    })
    const answers = Promise.all(slow.map((client) => client.readToEnd()))
    const other = await HttpClient.connect(proxy.port)
    expect((await other.get('/')).body).toBe('upstream GET /')
    for (const text of await answers) expect(text).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
    for (const timer of timers) clearInterval(timer)
    expect((await other.get('/again')).body).toBe('upstream GET /again')
    await other.leave()
    await vi.waitFor(() => expect(proxy.connectionCount()).toBe(0))
    expect(upstream.requests.map(({ text }) => text)).toEqual(['GET /', 'GET /again'])
  })

  test('answers 408 to a body that stops coming, and breaks off the connection to the upstream', async () => {
    const { promise: broken, resolve } = Promise.withResolvers<void>()
    const address = await startRawUpstream((socket) => socket.on('close', () => resolve()).resume())
    const proxy = await startProxy(address, { bodyTimeoutMs: 200 })
    const client = await HttpClient.connect(proxy.port)
    client.send('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc')
    expect(await client.readToEnd()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n.*Connection: close\r\n/s)
    await broken
    await vi.waitFor(() => expect(proxy.heldCount()).toBe(0))
  })

  test('ends a connection in good order that is idle for longer than keepAliveTimeoutMs', async () => {
    const upstream = await Upstream.start('upstream')
    const proxy = await startProxy(upstream.address, { keepAliveTimeoutMs: 200 })
    const client = await HttpClient.connect(proxy.port)
    expect((await client.get('/')).body).toBe('upstream GET /')
    expect(await client.readToEnd()).toBe('')
    await vi.waitFor(() => expect([proxy.connectionCount(), proxy.heldCount()]).toEqual([0, 0]))
  })

  test('says close with the last of maxRequests', async () => {
    const upstream = await Upstream.start('upstream')
    const proxy = await startProxy(upstream.address, { maxRequests: 2 })
    const client = await HttpClient.connect(proxy.port)
    expect((await client.get('/1')).headers['connection']).toBeUndefined()
    expect(await client.get('/2')).toMatchObject({ body: 'upstream GET /2', headers: { connection: 'close' } })
    expect(await client.readToEnd()).toBe('')
  })

  describe('lets a client that is still sending have its 413 and no reset,', () => {
    const CHUNK = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000, 'x'), Buffer.from('\r\n')])

    test.each([
      ['with Content-Length', 'Content-Length: 1000000000\r\n', Buffer.alloc(64 * 1024, 'x')],
      ['in chunks', 'Transfer-Encoding: chunked\r\n', CHUNK],
      ['with Expect, for which it did not wait', 'Content-Length: 1000000000\r\nExpect: 100-continue\r\n', CHUNK],
      ['in chunks with Expect', 'Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n', CHUNK],
    ])('%s', async (_, lines, piece) => {
      const upstream = await Upstream.start('upstream')
      const proxy = await startProxy(upstream.address, { maxBodyBytes: MIB })
      const endings = await Promise.all(
        Array.from({ length: 20 }, () =>
          uploadUntilEnd(proxy.port, `PUT / HTTP/1.1\r\nHost: a\r\n${lines}\r\n`, piece),
        ),
      )
      for (const { text, error } of endings) {
        expect(error).toBeUndefined()
        expect(text.replace('HTTP/1.1 100 Continue\r\n\r\n', '')).toMatch(
          /^HTTP\/1\.1 413 Content Too Large\r\n.*Connection: close\r\n\r\nContent Too Large\n$/s,
        )
      }
    })

    test('also when it reads nothing before it has sent all', async () => {
      const upstream = await Upstream.start('upstream')
      const proxy = await startProxy(upstream.address, { maxBodyBytes: 1000 })
      const client = await HttpClient.connect(proxy.port)
      client.send('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n')
      for (let i = 0; i < 10; i++) {
        await new Promise((resolve) => client.socket.write(Buffer.alloc(100_000), resolve))
      }
      expect(await client.readAnswer()).toMatchObject({ status: 413, headers: { connection: 'close' } })
    })

    test("with node:http's own client", async () => {
      const upstream = await Upstream.start('upstream')
      const proxy = await startProxy(upstream.address, { maxBodyBytes: 1000 })
      const status = await new Promise((resolve, reject) => {
        const request = httpRequest({ port: proxy.port, host: '127.0.0.1', method: 'PUT' }, (response) => {
          response.resume().on('end', () => resolve(response.statusCode))
        })
        request.on('error', reject)
        for (let i = 0; i < 100; i++) request.write(Buffer.alloc(64 * 1024))
        request.end()
      })
      expect(status).toBe(413)
    })
  })

  test('lets a client that is still sending have the early answer of an upstream, and no reset', async () => {
    const address = await startRawUpstream((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno')).resume()
    })
    const proxy = await startProxy(address, {})
    const head = 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n'
    const { text, error } = await uploadUntilEnd(proxy.port, head, Buffer.alloc(64 * 1024, 'x'))
    expect(error).toBeUndefined()
    expect(text).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n.*\r\n\r\nno$/s)
    await vi.waitFor(() => expect([proxy.connectionCount(), proxy.heldCount()]).toEqual([0, 0]), LINGERING)
  })

  test.each([
    ['resets', (socket: Socket) => void socket.resetAndDestroy()],
    ['ends', (socket: Socket) => void socket.destroy()],
  ])('tells the upstream at once when a client %s during its upload, and gives its resource back', async (_, leave) => {
    const rejections: unknown[] = []
    const onRejection = (error: unknown): void => void rejections.push(error)
    process.on('unhandledRejection', onRejection)
    closers.push(() => process.off('unhandledRejection', onRejection))
    const sockets: Socket[] = []
    let closedCount = 0
    const address = await startRawUpstream((socket) => {
      sockets.push(socket.resume())
      socket.on('close', () => closedCount++)
    })
    const proxy = await startProxy(address, {})
    for (let i = 0; i < 10; i++) {
      const client = await HttpClient.connect(proxy.port)
      client.send('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nsome of it')
      await vi.waitFor(() => expect(sockets).toHaveLength(i + 1))
      expect(proxy.heldCount()).toBe(1)
      leave(client.socket)
      await vi.waitFor(() => expect(closedCount).toBe(i + 1))
      await vi.waitFor(() => expect([proxy.connectionCount(), proxy.heldCount()]).toEqual([0, 0]))
    }
    expect(rejections).toEqual([])
  })

  test('answers a flood of 10,000 pipelined requests in order, and holds few of them at once', async () => {
    const proxy = await startProxy('127.0.0.1:1', {})
    const client = await HttpClient.connect(proxy.port)
    const count = 10_000
    client.send(Array.from({ length: count }, (_, i) => `GET /plain/${i} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''))
    for (let i = 0; i < count; i++) expect((await client.readAnswer()).body).toBe(`/plain/${i}`)
    await client.leave()
    await vi.waitFor(() => expect(proxy.connectionCount()).toBe(0))
  })

  test('has no more than maxPipelinedRequests of a flood under way at an upstream that is slow', async () => {
    let most = 0
    let underWay = 0
    const waiting: (() => void)[] = []
    const proxy = pipy({})
      .listen('127.0.0.1:0')
      .demuxHTTP((r) =>
        r.replaceMessage(async ({ head }) => {
          most = Math.max(most, ++underWay)
          await new Promise<void>((resolve) => waiting.push(resolve))
          underWay--
          return new Message({ status: 200 }, head.path)
        }),
      )
    const server = await serve(proxy, { log: new NodeLog({ level: 'error' }) })
    closers.push(() => server.close())
    const client = await HttpClient.connect(server.addresses[0]?.port as number)
    const count = 10_000
    const padding = 'x'.repeat(4000)
    client.send(
      Array.from({ length: count }, (_, i) => `GET /${i} HTTP/1.1\r\nHost: a\r\nX: ${padding}\r\n\r\n`).join(''),
    )
    await vi.waitFor(() => expect(waiting).toHaveLength(32))
    // What is not read waits at the client: the system's buffers take a part of these 40 MB, and the proxy nothing.
    await vi.waitFor(() => expect(client.socket.writableLength).toBeGreaterThan(20 * MIB))
    let answered = 0
    const reading = (async (): Promise<void> => {
      for (; answered < count; answered++) expect((await client.readAnswer()).body).toBe(`/${answered}`)
    })()
    while (answered < count) {
      // Newest first: the others wait for their turn.
      waiting.pop()?.()
      await new Promise((resolve) => setImmediate(resolve))
    }
    await reading
    expect(most).toBe(32)
  })
})
