import type { Socket } from 'node:net'
import { expect, test, vi } from 'vitest'
import { HttpClient } from '../support/http-client.ts'
import { countOpenFiles, PoolProxy } from '../support/pool-proxy.ts'
import { TalkingUpstream } from '../support/talking-upstream.ts'

vi.setConfig({ testTimeout: 60_000 })

const CYCLES = 200
/** Who is gone while it waits is found out after half a second: each wave costs one. */
const AT_ONCE = 50

const HEAD = 'Host: a\r\n\r\n'

/** Where a request may be when its client goes away. */
const SITUATIONS: readonly {
  readonly when: string
  readonly request: string
  readonly answer: string
  /** What the upstream goes on sending then, again and again. */
  readonly more?: string
}[] = [
  { when: 'while it waits for the answer', request: `GET / HTTP/1.1\r\n${HEAD}`, answer: '' },
  {
    when: 'in the middle of its upload',
    request: `POST / HTTP/1.1\r\nContent-Length: 1000\r\n${HEAD}first bytes`,
    answer: '',
  },
  {
    when: 'in the middle of a chunked upload',
    request: `POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${HEAD}5\r\nfirst\r\n5\r\nsec`,
    answer: '',
  },
  {
    when: 'in the middle of its download',
    request: `GET / HTTP/1.1\r\n${HEAD}`,
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nfirst bytes',
    more: 'more bytes',
  },
  {
    when: 'in the middle of a stream of events',
    request: `GET / HTTP/1.1\r\n${HEAD}`,
    answer:
      'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n8\r\ndata: 1\n\r\n',
    more: '8\r\ndata: 2\n\r\n',
  },
  {
    when: 'in the middle of an answer without a length',
    request: `GET / HTTP/1.1\r\n${HEAD}`,
    answer: 'HTTP/1.1 200 OK\r\n\r\nfirst bytes',
    more: 'more bytes',
  },
  {
    when: 'with further requests behind the one under way',
    request: `GET / HTTP/1.1\r\n${HEAD}`.repeat(5),
    answer: '',
  },
]

test.each(SITUATIONS)(
  `a client that goes away $when, ${CYCLES} times, takes its upstream connection with it and leaves nothing behind`,
  async ({ request, answer, more }) => {
    const upstream = await TalkingUpstream.start((socket, text) => {
      if (answer === '' || !text.startsWith('GET')) return
      socket.write(answer)
      const sending = setInterval(() => socket.write(more ?? ''), 5)
      socket.once('close', () => clearInterval(sending))
    })
    const proxy = await PoolProxy.start({ route: upstream.address })
    const filesBefore = countOpenFiles()
    for (let done = 0; done < CYCLES; done += AT_ONCE) {
      const clients = await Promise.all(Array.from({ length: AT_ONCE }, () => HttpClient.connect(proxy.port)))
      for (const client of clients) client.send(request)
      await upstream.hasConnections(AT_ONCE)
      if (answer !== '') await Promise.all(clients.map(({ socket }) => hasRead(socket)))
      for (const [i, { socket }] of clients.entries()) {
        if (i % 2 === 0) socket.destroy()
        else socket.resetAndDestroy()
      }
      await vi.waitFor(
        () => expect([upstream.open.size, proxy.heldCount, proxy.server.connectionCount]).toEqual([0, 0, 0]),
        { timeout: 5000, interval: 1 },
      )
    }
    expect(upstream.acceptedCount).toBe(CYCLES)
    await vi.waitFor(() => expect(countOpenFiles()).toBeLessThanOrEqual(filesBefore + 2))
    expect(proxy.log.messages('error')).toEqual([])
  },
)

test('a client that goes away while it waits for a connection leaves the queue, and never reaches the upstream', async () => {
  const requests: string[] = []
  const upstream = await TalkingUpstream.start((_, text) => requests.push(text.split(' ')[1] ?? ''))
  const proxy = await PoolProxy.start({ route: upstream.address, sharing: 'upstream' })
  const first = await HttpClient.connect(proxy.port)
  first.send(`GET /first HTTP/1.1\r\n${HEAD}`)
  await upstream.hasConnections(1)
  for (let i = 0; i < CYCLES / AT_ONCE; i++) {
    const clients = await Promise.all(Array.from({ length: AT_ONCE }, () => HttpClient.connect(proxy.port)))
    for (const client of clients) client.send(`GET /waits HTTP/1.1\r\n${HEAD}`)
    for (const { socket } of clients) socket.resetAndDestroy()
    await vi.waitFor(() => expect(proxy.server.connectionCount).toBe(1), { interval: 1 })
  }
  const last = await HttpClient.connect(proxy.port)
  last.send(`GET /last HTTP/1.1\r\n${HEAD}`)
  const [socket] = upstream.open
  socket?.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1')
  expect(await first.readAnswer()).toMatchObject({ body: '1' })
  await vi.waitFor(() => expect(requests).toEqual(['/first', '/last']))
  socket?.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2')
  expect(await last.readAnswer()).toMatchObject({ body: '2' })
  expect(upstream.acceptedCount).toBe(1)
})

test('a client that only stops sending is no client that is gone: it gets its answer', async () => {
  const upstream = await TalkingUpstream.start(() => undefined)
  const proxy = await PoolProxy.start({ route: upstream.address })
  const client = await HttpClient.connect(proxy.port)
  client.socket.end(`GET / HTTP/1.1\r\n${HEAD}`)
  await upstream.hasConnections(1)
  for (const socket of upstream.open) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  expect(await client.readAnswer()).toMatchObject({ status: 200, body: 'ok' })
})

test('an answer that its client does not read to the end pins no connection once the client is gone', async () => {
  const upstream = await TalkingUpstream.start((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${64 * 1024 * 1024}\r\n\r\n`)
    socket.write(Buffer.alloc(32 * 1024 * 1024))
  })
  const proxy = await PoolProxy.start({ route: upstream.address })
  const client = await HttpClient.connect(proxy.port)
  client.socket.removeAllListeners('data').pause()
  client.send(`GET / HTTP/1.1\r\n${HEAD}`)
  await upstream.hasConnections(1)
  // It is full on the whole way: what the upstream wrote cannot be all gone.
  await vi.waitFor(() => expect([...upstream.open][0]?.writableLength).toBeGreaterThan(0))
  client.socket.destroy()
  await vi.waitFor(() => expect([upstream.open.size, proxy.heldCount]).toEqual([0, 0]))
})

function hasRead(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.bytesRead > 0) resolve()
    else socket.once('data', () => resolve())
  })
}
