import type { Socket } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import { type Answer, HttpClient } from './support/http-client.ts'
import { PoolProxy, type PoolProxyOptions } from './support/pool-proxy.ts'
import { TalkingUpstream } from './support/talking-upstream.ts'

vi.setConfig({ testTimeout: 30_000 })

/** How an upstream gives up a connection: in good order, at once, or so that what was sent is refused. */
const CLOSINGS = {
  FIN: (socket: Socket) => void socket.end(),
  'FIN of a closed socket': (socket: Socket) => void socket.destroy(),
  RST: (socket: Socket) => void socket.resetAndDestroy(),
} as const
type Closing = keyof typeof CLOSINGS
const closings = Object.keys(CLOSINGS) as Closing[]

const BODY = 'hello'

function answer(text: string, request = ''): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${request.startsWith('HEAD ') ? '' : text}`
}

function requestText(method: string, path: string, body = ''): string {
  const length = body === '' ? '' : `Content-Length: ${body.length}\r\n`
  return `${method} ${path} HTTP/1.1\r\nHost: a\r\n${length}\r\n${body}`
}

interface Race {
  readonly proxy: PoolProxy
  readonly upstream: TalkingUpstream
  readonly client: HttpClient
}

/**
 * A client whose first request has been answered, and an upstream that gives up that connection as soon as it gets a byte
 * of another one. On every other connection it answers each request once it has come whole.
 */
async function startRace(closing: Closing, muxHTTP: PoolProxyOptions['muxHTTP'] = {}): Promise<Race> {
  const upstream = await TalkingUpstream.start((socket, text, connection) => {
    const received = upstream.received[connection] ?? ''
    if (connection === 0 && !text.startsWith('GET /warm ')) CLOSINGS[closing](socket)
    else if (isWhole(received)) socket.write(answer(connection === 0 ? 'warm' : 'again', text))
  })
  const proxy = await PoolProxy.start({ route: () => upstream.address, muxHTTP: { via: false, ...muxHTTP } })
  const client = await HttpClient.connect(proxy.port)
  expect(await client.get('/warm')).toMatchObject({ status: 200, body: 'warm' })
  return { proxy, upstream, client }
}

/** Whether a request has come with all of its body. */
function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return false
  if (/transfer-encoding/i.test(text)) return text.endsWith('\r\n0\r\n\r\n')
  const [, length = 0] = /content-length: (\d+)/i.exec(text) ?? []
  return text.length >= end + 4 + Number(length)
}

function count(text: string, part: string): number {
  return text.split(part).length - 1
}

async function ask(client: HttpClient, method: string, path: string, body = ''): Promise<Answer> {
  client.send(requestText(method, path, body))
  return await client.readAnswer({ hasBody: method !== 'HEAD' })
}

describe.each(closings)('a kept connection that the upstream gives up (%s) as the next request arrives', (closing) => {
  test.each([
    ['GET', ''],
    ['HEAD', ''],
    ['OPTIONS', ''],
    ['DELETE', ''],
    ['DELETE', BODY],
    ['PUT', BODY],
  ])('is of no concern to a client that sends %s with the body "%s"', async (method, body) => {
    const { proxy, upstream, client } = await startRace(closing)
    expect(await ask(client, method, '/raced', body)).toMatchObject({
      status: 200,
      headers: { 'content-length': '5' },
      body: method === 'HEAD' ? '' : 'again',
    })
    expect(upstream.acceptedCount).toBe(2)
    expect(upstream.received[1]).toBe(requestText(method, '/raced', body))
    expect(proxy.log.entries).toEqual([])
    expect(await client.get('/next')).toMatchObject({ status: 200, body: 'again' })
    expect(upstream.acceptedCount).toBe(2)
  })

  test('is of no concern to a client whose body comes in chunks', async () => {
    const { upstream, client } = await startRace(closing)
    client.send('PUT /raced HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n')
    // The rest comes when the upstream has already turned the first half down, and got it again.
    await upstream.until(() => upstream.received[1]?.includes('hello') === true)
    client.send('6\r\n world\r\n0\r\n\r\n')
    expect(await client.readAnswer()).toMatchObject({ status: 200, body: 'again' })
    expect(upstream.received[1]).toContain('5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n')
  })

  test.each(['POST', 'PATCH'])(
    'is a failure for %s, which the upstream has seen once, and the client goes on',
    async (method) => {
      const { proxy, upstream, client } = await startRace(closing)
      expect(await ask(client, method, '/raced', BODY)).toMatchObject({ status: 502 })
      expect(upstream.acceptedCount).toBe(1)
      expect(count(upstream.text, `${method} /raced `)).toBe(1)
      expect(proxy.log.errors).toMatchObject([{ code: expect.stringMatching(/^CONNECTION_(CLOSED|RESET)$/) }])
      expect(await client.get('/next')).toMatchObject({ status: 200, body: 'again' })
      expect(count(upstream.text, `${method} /raced `)).toBe(1)
    },
  )

  test('is of no concern to a client that sends POST when the upstream bears all requests twice', async () => {
    const { proxy, upstream, client } = await startRace(closing, { resend: 'always' })
    expect(await ask(client, 'POST', '/raced', BODY)).toMatchObject({ status: 200, body: 'again' })
    expect(upstream.received[1]).toBe(requestText('POST', '/raced', BODY))
    expect(proxy.log.entries).toEqual([])
  })

  test('is a failure for GET when nothing may be sent again', async () => {
    const { upstream, client } = await startRace(closing, { resend: 'never' })
    expect(await ask(client, 'GET', '/raced')).toMatchObject({ status: 502 })
    expect(upstream.acceptedCount).toBe(1)
    expect(await client.get('/next')).toMatchObject({ status: 200, body: 'again' })
  })

  test('is a failure for a body that is longer than what is kept of it', async () => {
    const { upstream, client } = await startRace(closing, { maxReplayBytes: 4 })
    expect(await ask(client, 'PUT', '/raced', BODY)).toMatchObject({ status: 502 })
    expect(count(upstream.text, 'PUT /raced ')).toBe(1)
    expect(await client.get('/next')).toMatchObject({ status: 200, body: 'again' })
  })

  test('is of no concern to a client whose body is as long as what is kept of it', async () => {
    const { client } = await startRace(closing, { maxReplayBytes: BODY.length })
    expect(await ask(client, 'PUT', '/raced', BODY)).toMatchObject({ status: 200, body: 'again' })
  })

  test('is a failure when the new connection is given up as well: a request is sent twice, not for ever', async () => {
    const upstream = await TalkingUpstream.start((socket, text) => {
      if (text.startsWith('GET /warm ')) socket.write(answer('warm'))
      else CLOSINGS[closing](socket)
    })
    const proxy = await PoolProxy.start({ route: upstream.address })
    const client = await HttpClient.connect(proxy.port)
    expect((await client.get('/warm')).status).toBe(200)
    expect((await client.get('/raced')).status).toBe(502)
    expect(count(upstream.text, 'GET /raced ')).toBe(2)
  })
})

describe.each(closings)('a kept connection that the upstream gives up (%s) while nobody uses it', (closing) => {
  test.each([
    ['GET', ''],
    ['POST', BODY],
  ])('is not used for %s: each goes over a new one, once', async (method, body) => {
    const sockets: Socket[] = []
    const upstream = await TalkingUpstream.start((socket, _, connection) => {
      sockets[connection] = socket
      if (isWhole(upstream.received[connection] ?? '')) socket.write(answer('a'))
    })
    const proxy = await PoolProxy.start({
      route: ({ path }) => (path === '/elsewhere' ? '' : upstream.address),
      muxHTTP: { via: false },
    })
    const client = await HttpClient.connect(proxy.port)
    const other = await HttpClient.connect(proxy.port)
    for (let i = 0; i < 3; i++) {
      expect(await ask(client, method, `/${i}`, body)).toMatchObject({ status: 200, body: 'a' })
      await close(sockets[i] as Socket, closing)
      // A round trip through the proxy: what the upstream did before it has reached the proxy as well.
      expect((await other.get('/elsewhere')).status).toBe(404)
    }
    expect(upstream.received).toEqual([0, 1, 2].map((i) => requestText(method, `/${i}`, body)))
    expect(proxy.log.entries).toEqual([])
  })

  test('is not used although it is one of several, all of which are stale', async () => {
    const { upstream, sockets, client, other, proxy } = await startSeveral()
    for (const socket of sockets) await close(socket, closing)
    expect((await other.get('/elsewhere')).status).toBe(404)
    expect(await ask(client, 'POST', '/next', BODY)).toMatchObject({ status: 200 })
    expect(upstream.acceptedCount).toBe(POOLED + 1)
    expect(count(upstream.text, 'POST /next ')).toBe(1)
    expect(proxy.log.entries).toEqual([])
  })
})

describe.each(closings)(
  'several kept connections that the upstream gives up (%s) as the next requests arrive',
  (closing) => {
    test('are of no concern to any client: each request is sent once more, over a new connection', async () => {
      const several = await startSeveral()
      const { upstream, clients, proxy } = several
      several.closing = closing
      for (const [i, client] of clients.entries()) client.send(requestText('GET', `/raced${i}`))
      for (const client of clients) expect(await client.readAnswer()).toMatchObject({ status: 200, body: 'a' })
      for (const i of clients.keys()) expect(count(upstream.text, `GET /raced${i} `)).toBe(2)
      expect(upstream.acceptedCount).toBe(2 * POOLED)
      expect(proxy.log.entries).toEqual([])
    })

    test('are of no concern to a client that sends all of them at once', async () => {
      const several = await startSeveral()
      const { upstream, client, clients, proxy } = several
      several.closing = closing
      client.send([...clients.keys()].map((i) => requestText('GET', `/raced${i}`)).join(''))
      for (const i of clients.keys()) {
        expect(await client.readAnswer()).toMatchObject({ status: 200, body: 'a' })
        expect(count(upstream.text, `GET /raced${i} `)).toBe(2)
      }
      expect(proxy.log.entries).toEqual([])
    })
  },
)

describe('a client that goes away in the middle of its request', () => {
  test.each(['before the answer', 'inside the answer'])('%s frees its connection for those who wait', async (when) => {
    const upstream = await TalkingUpstream.start((socket, _, connection) => {
      if (connection > 0) socket.write(answer('a'))
      else if (when === 'inside the answer') socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')
    })
    const proxy = await PoolProxy.start({ route: upstream.address, sharing: 'upstream' })
    const leaving = await HttpClient.connect(proxy.port)
    leaving.send(requestText('GET', '/1'))
    await upstream.until(() => upstream.text.includes('GET /1 '))
    const waiting = await HttpClient.connect(proxy.port)
    waiting.send(requestText('POST', '/2', BODY))
    leaving.socket.resetAndDestroy()
    expect(await waiting.readAnswer()).toMatchObject({ status: 200, body: 'a' })
    await upstream.until(() => upstream.open.size === 1)
    expect(upstream.acceptedCount).toBe(2)
    expect(upstream.received[0]).not.toContain('POST')
  })
})

const POOLED = 4

interface Several {
  readonly proxy: PoolProxy
  readonly upstream: TalkingUpstream
  readonly sockets: readonly Socket[]
  readonly clients: readonly HttpClient[]
  readonly client: HttpClient
  readonly other: HttpClient
  /** What becomes of the first connections when they get a request from now on. */
  closing: Closing | undefined
}

/** Several clients, each answered over a connection of its own, that all may use next. */
async function startSeveral(): Promise<Several> {
  const sockets: Socket[] = []
  let closing: Closing | undefined
  const upstream = await TalkingUpstream.start((socket, text, connection) => {
    sockets[connection] = socket
    if (closing !== undefined && connection < POOLED) return CLOSINGS[closing](socket)
    // The first requests are all under way at once, so that each has a connection.
    if (connection >= POOLED || closing !== undefined) socket.write(answer('a', text))
    else if (sockets.length === POOLED) for (const each of sockets) each.write(answer('a'))
  })
  const proxy = await PoolProxy.start({
    route: ({ path }) => (path === '/elsewhere' ? '' : upstream.address),
    sharing: 'upstream',
    muxHTTP: { maxConnections: POOLED, via: false },
  })
  const clients = await Promise.all(Array.from({ length: POOLED }, () => HttpClient.connect(proxy.port)))
  for (const client of clients) client.send(requestText('GET', '/warm'))
  for (const client of clients) expect((await client.readAnswer()).status).toBe(200)
  const other = await HttpClient.connect(proxy.port)
  return {
    ...{ proxy, upstream, sockets, clients, other, client: clients[0] as HttpClient },
    get closing() {
      return closing
    },
    set closing(value) {
      closing = value
    },
  }
}

/** Gives up a connection and waits until it is over. */
async function close(socket: Socket, closing: Closing): Promise<void> {
  const isClosed = new Promise((resolve) => socket.once('close', resolve))
  CLOSINGS[closing](socket)
  await isClosed
}
