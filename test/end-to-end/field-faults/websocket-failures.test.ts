import type { AddressInfo, Socket } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { findClosedAddress } from '../support/closed-address.ts'
import { HttpClient } from '../support/http-client.ts'
import { countOpenFiles, PoolProxy } from '../support/pool-proxy.ts'
import { TalkingUpstream } from '../support/talking-upstream.ts'

vi.setConfig({ testTimeout: 30_000 })

const CYCLES = 200
const ASKED =
  'Sec-WebSocket-Protocol: chat.v1, chat.v2\r\nSec-WebSocket-Extensions: permessage-deflate; a="b,c", x-own\r\n'
const UPGRADE =
  'GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${ASKED}\r\n`
const AGREED = 'Sec-WebSocket-Protocol: chat.v2\r\nSec-WebSocket-Extensions: permessage-deflate; a="b,c"\r\n'
const SWITCHED =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  `Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n${AGREED}\r\n`
/** A masked text frame with the bit of permessage-deflate set: what a proxy that reads frames would stumble over. */
const FRAME = '\xc1\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58'
const GET = 'GET /plain HTTP/1.1\r\nHost: a\r\n\r\n'
const PLAIN = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nplain'

test('the first request on a new proxy may be a WebSocket, and its bytes pass as they are, both ways', async () => {
  const upstream = await TalkingUpstream.start((socket, text) => {
    // Its first frame leaves in one piece with the head.
    if (text.startsWith('GET /chat')) socket.write(SWITCHED + FRAME, 'latin1')
  })
  const proxy = await PoolProxy.start({ route: upstream.address })
  const client = await HttpClient.connect(proxy.port)
  const received: string[] = []
  client.socket.removeAllListeners('data').setEncoding('latin1')
  client.socket.on('data', (text: string) => received.push(text))
  // So does the client's, which does not wait for leave.
  client.socket.write(UPGRADE + FRAME, 'latin1')
  await upstream.until(() => upstream.text.endsWith(FRAME))
  await vi.waitFor(() => expect(received.join('')).toContain(FRAME))
  expect(upstream.text).toContain(ASKED)
  expect(upstream.text.match(/^(?:upgrade|connection|sec-websocket-\w+):/gim)).toHaveLength(6)
  expect(received.join('')).toContain(AGREED)
  expect(received.join('')).toMatch(/^HTTP\/1\.1 101 /)
  expect(received.join('').split('\r\n\r\n')[1]).toBe(FRAME)
  client.socket.write(FRAME, 'latin1')
  await upstream.until(() => upstream.text.endsWith(FRAME + FRAME))
})

/** What an upstream may do to a request for an upgrade. */
const REFUSALS: readonly {
  readonly what: string
  readonly answer: (socket: Socket) => void
  readonly status: number
  readonly body: string
}[] = [
  { what: 'resets the connection', answer: (socket) => socket.resetAndDestroy(), status: 502, body: 'Read Error\n' },
  { what: 'closes the connection', answer: (socket) => socket.end(), status: 502, body: 'Bad Gateway\n' },
  {
    what: 'breaks off inside the head of its answer',
    answer: (socket) => socket.end(SWITCHED.slice(0, 60)),
    status: 502,
    body: 'Bad Gateway\n',
  },
  {
    what: 'switches to what nobody asked for',
    answer: (socket) => socket.write(SWITCHED.replace('Upgrade: websocket', 'Upgrade: h2c')),
    status: 502,
    body: 'Bad Gateway\n',
  },
  {
    what: 'refuses with a body',
    answer: (socket) => socket.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 6\r\n\r\nlog in'),
    status: 401,
    body: 'log in',
  },
  {
    what: 'takes no notice of the upgrade',
    answer: (socket) => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'),
    status: 200,
    body: 'ok',
  },
]

test.each(REFUSALS)(
  `an upstream that $what answers ${CYCLES} upgrades with $status; the connection goes on and nothing is left behind`,
  async ({ answer, status, body }) => {
    const upstream = await TalkingUpstream.start((socket, text) => {
      if (text.startsWith('GET /plain')) socket.write(PLAIN)
      else answer(socket)
    })
    const proxy = await PoolProxy.start({ route: upstream.address })
    const client = await HttpClient.connect(proxy.port)
    const filesBefore = countOpenFiles()
    for (let i = 0; i < CYCLES; i++) {
      client.send(UPGRADE)
      expect(await client.readAnswer()).toMatchObject({ status, body })
      client.send(GET)
      expect(await client.readAnswer()).toMatchObject({ status: 200, body: 'plain' })
    }
    await vi.waitFor(() => expect(upstream.open.size).toBeLessThanOrEqual(1))
    await vi.waitFor(() => expect(countOpenFiles()).toBeLessThanOrEqual(filesBefore + 4))
    expect(proxy.log.messages('error')).toEqual([])
  },
)

test('an upgrade for an upstream that is dead is a 502, and the client goes on', async () => {
  const dead = await findClosedAddress()
  const upstream = await TalkingUpstream.start((socket) => socket.write(PLAIN))
  const proxy = await PoolProxy.start({ route: ({ path }) => (path === '/chat' ? dead : upstream.address) })
  const client = await HttpClient.connect(proxy.port)
  for (let i = 0; i < CYCLES; i++) {
    client.send(UPGRADE)
    expect(await client.readAnswer()).toMatchObject({ status: 502, body: 'Connection Refused\n' })
    client.send(GET)
    expect(await client.readAnswer()).toMatchObject({ status: 200, body: 'plain' })
  }
  expect(proxy.log.messages('error')).toEqual([])
})

/** How a WebSocket may end, and at which side. */
const ENDS: readonly { readonly what: string; readonly end: (client: Socket, upstream: Socket) => void }[] = [
  { what: 'its client resets it', end: (client) => client.resetAndDestroy() },
  { what: 'its upstream resets it', end: (_, upstream) => upstream.resetAndDestroy() },
  {
    what: 'both reset it at once',
    end: (client, upstream) => {
      client.resetAndDestroy()
      upstream.resetAndDestroy()
    },
  },
  { what: 'its client closes it', end: (client) => client.end() },
  { what: 'its upstream closes it', end: (_, upstream) => upstream.end() },
  {
    what: 'its client resets it in the middle of what the upstream sends',
    end: (client, upstream) => {
      upstream.write(Buffer.alloc(4 * 1024 * 1024))
      client.resetAndDestroy()
    },
  },
  {
    what: 'its upstream resets it in the middle of what the client sends',
    end: (client, upstream) => {
      client.write(Buffer.alloc(4 * 1024 * 1024))
      upstream.resetAndDestroy()
    },
  },
]

test.each(ENDS)(`a WebSocket of which $what, ${CYCLES} times, leaves no connection behind`, async ({ end }) => {
  const upstream = await TalkingUpstream.start((socket, text) => {
    if (text.startsWith('GET /chat')) socket.write(SWITCHED)
    if (text.startsWith('GET /plain')) socket.write(PLAIN)
  })
  const proxy = await PoolProxy.start({ route: upstream.address })
  const filesBefore = countOpenFiles()
  for (let i = 0; i < CYCLES; i++) {
    const client = await HttpClient.connect(proxy.port)
    client.socket.once('end', () => client.socket.end())
    client.send(UPGRADE)
    expect(await client.readAnswer()).toMatchObject({ status: 101 })
    end(client.socket, [...upstream.open][0] as Socket)
    await vi.waitFor(
      () => expect([upstream.open.size, proxy.server.connectionCount, proxy.heldCount]).toEqual([0, 0, 0]),
      { interval: 1 },
    )
  }
  await vi.waitFor(() => expect(countOpenFiles()).toBeLessThanOrEqual(filesBefore + 2))
  const client = await HttpClient.connect(proxy.port)
  client.send(GET)
  expect(await client.readAnswer()).toMatchObject({ status: 200, body: 'plain' })
  expect(proxy.log.messages('error')).toEqual([])
})

test('WebSockets and requests of many clients share one upstream without getting into each other’s way', async () => {
  const address = await startEcho()
  const proxy = await PoolProxy.start({ route: address, sharing: 'upstream', muxHTTP: { maxConnections: 2 } })
  // One more proxy in front of it, in the same process.
  const outer = await PoolProxy.start({ route: `127.0.0.1:${proxy.port}` })
  const sockets = await Promise.all(Array.from({ length: 20 }, () => openWebSocket(outer.port)))
  const client = await HttpClient.connect(outer.port)
  for (const [i, socket] of sockets.entries()) {
    expect(await echo(socket, `from ${i}`)).toBe(`from ${i}`)
    // A server of WebSockets alone tells everybody else that it wants an upgrade.
    expect(await client.get(`/${i}`)).toMatchObject({ status: 426 })
  }
  for (const socket of sockets) {
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.close(4000)
    expect(await closed).toBe(4000)
  }
})

async function startEcho(): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (peer) => peer.on('message', (data) => peer.send(String(data))))
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    for (const peer of server.clients) peer.terminate()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function openWebSocket(port: number): Promise<WebSocket> {
  const client = new WebSocket(`ws://127.0.0.1:${port}/`)
  onTestFinished(() => client.terminate())
  await new Promise((resolve, reject) => client.once('open', resolve).once('error', reject))
  return client
}

async function echo(client: WebSocket, text: string): Promise<string> {
  const answer = new Promise<string>((resolve) => client.once('message', (data) => resolve(String(data))))
  client.send(text)
  return await answer
}
