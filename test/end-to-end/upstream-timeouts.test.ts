import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { NodeLog } from 'sluice/node'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { HttpClient } from './support/http-client.ts'
import { PoolProxy, type PoolProxyOptions } from './support/pool-proxy.ts'
import { startRawUpstream } from './support/raw-upstream.ts'
import { canBeSilent, startSilentAddress } from './support/silent-address.ts'
import { TalkingUpstream } from './support/talking-upstream.ts'

vi.setConfig({ testTimeout: 30_000 })

const CONNECT_TIMED_OUT = { status: 504, statusText: 'Connection Timeout', body: 'Connection Timeout\n' }
const TIMED_OUT = { status: 504, statusText: 'Gateway Timeout', body: 'Gateway Timeout\n' }
const MIB = 1024 * 1024

const answer = (text: string, headers = ''): string =>
  `HTTP/1.1 200 OK\r\n${headers}Content-Length: ${text.length}\r\n\r\n${text}`
const requestText = (path: string, method = 'GET'): string => `${method} ${path} HTTP/1.1\r\nHost: a\r\n\r\n`

interface Site {
  readonly proxy: PoolProxy
  readonly upstream: TalkingUpstream
}

/** A proxy, and an upstream that does with its first connection what is told, and answers on every other. */
async function startSite(
  first: (socket: Socket, text: string) => void,
  options: Omit<PoolProxyOptions, 'route'>,
): Promise<Site> {
  const upstream = await TalkingUpstream.start((socket, text, connection) => {
    if (connection === 0) first(socket, text)
    else socket.write(answer('well'))
  })
  const proxy = await PoolProxy.start({ route: upstream.address, ...options })
  return { proxy, upstream }
}

/** The codes of what the proxy reported, in order. */
function codesOf(proxy: PoolProxy): unknown[] {
  return proxy.log.errors.map((error) => (error as { readonly code?: unknown }).code)
}

/** The first connection is given up, and the next request is answered over another one. */
async function expectNewConnection({ upstream }: Site, client: HttpClient): Promise<void> {
  expect(await client.get('/next')).toMatchObject({ status: 200, body: 'well' })
  await upstream.until(() => upstream.open.size === 1)
  expect(upstream.acceptedCount).toBe(2)
  expect(upstream.received[0]).not.toContain('/next')
}

/** The client's connection is broken off inside the answer. */
async function expectCut(client: HttpClient): Promise<void> {
  await expect(client.readAnswer()).rejects.toThrow('ECONNRESET')
  expect(client.socket.bytesRead).toBeGreaterThan(0)
}

/** Sends the same again and again, for as long as somebody takes it. */
function drip(socket: Socket, text: string, intervalMs: number): void {
  const timer = setInterval(() => socket.write(text), intervalMs)
  socket.on('close', () => clearInterval(timer))
  onTestFinished(() => clearInterval(timer))
}

describe.skipIf(!canBeSilent)('connectTimeoutMs', () => {
  test('answers 504 for an address that takes no connection, and the client goes on', async () => {
    const silent = await startSilentAddress()
    const upstream = await TalkingUpstream.start((socket) => void socket.write(answer('well')))
    const proxy = await PoolProxy.start({
      route: ({ path }) => (path?.startsWith('/silent') === true ? silent : upstream.address),
      connect: { connectTimeoutMs: 100 },
    })
    const client = await HttpClient.connect(proxy.port)
    for (let i = 1; i <= 2; i++) {
      expect(await client.get('/silent')).toMatchObject(CONNECT_TIMED_OUT)
      expect(codesOf(proxy)).toEqual(Array(i).fill('CONNECT_TIMEOUT'))
      expect(await client.get('/good')).toMatchObject({ status: 200, body: 'well' })
    }
    await client.leave()
    expect(proxy.heldCount).toBe(0)
  })

  test('answers 504 to each of those who wait for the one connection that their key may open', async () => {
    const silent = await startSilentAddress()
    const proxy = await PoolProxy.start({ route: silent, sharing: 'upstream', connect: { connectTimeoutMs: 80 } })
    const clients = await Promise.all([0, 1, 2].map(() => HttpClient.connect(proxy.port)))
    const answers = await Promise.all(clients.map((client) => client.get('/')))
    expect(answers).toMatchObject(Array(3).fill(CONNECT_TIMED_OUT))
    expect(codesOf(proxy)).toEqual(Array(3).fill('CONNECT_TIMEOUT'))
  })
})

describe('responseTimeoutMs', () => {
  const options = { muxHTTP: { responseTimeoutMs: 100 } }

  test.each<[string, (socket: Socket) => void]>([
    ['says nothing', () => undefined],
    ['begins a head, and says no more', (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-')],
    [
      'sends a head that has no end',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nLong: ')
        drip(socket, 'x', 20)
      },
    ],
  ])('answers 504 for an upstream that %s, and the client goes on over another connection', async (_, first) => {
    const site = await startSite(first, options)
    const client = await HttpClient.connect(site.proxy.port)
    expect(await client.get('/')).toMatchObject(TIMED_OUT)
    expect(codesOf(site.proxy)).toEqual(['RESPONSE_TIMEOUT'])
    await expectNewConnection(site, client)
  })

  test('answers 504 for an upstream that sends interim answers alone, which the client gets', async () => {
    const site = await startSite((socket) => void socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), options)
    const client = await HttpClient.connect(site.proxy.port)
    expect((await client.get('/')).status).toBe(103)
    expect(await client.readAnswer()).toMatchObject(TIMED_OUT)
    expect(codesOf(site.proxy)).toEqual(['RESPONSE_TIMEOUT'])
    await expectNewConnection(site, client)
  })

  test('answers 504 for an upstream that takes nothing of a long request', async () => {
    const sockets: Socket[] = []
    const address = await startRawUpstream((socket) => void sockets.push(socket))
    const proxy = await PoolProxy.start({ route: address, ...options })
    const client = await HttpClient.connect(proxy.port)
    client.send(`PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${64 * MIB}\r\n\r\n`)
    client.send(new Uint8Array(32 * MIB))
    expect(await client.readAnswer()).toMatchObject(TIMED_OUT)
    expect(codesOf(proxy)).toEqual(['RESPONSE_TIMEOUT'])
    // The upstream reads at last, and finds that the request breaks off.
    const [socket] = sockets as [Socket]
    socket.resume()
    await once(socket, 'close')
    expect(socket.bytesRead).toBeLessThan(32 * MIB)
  })

  test('does not count while a client is slow to send its request', async () => {
    const site = await startSite(() => undefined, options)
    const slow = await HttpClient.connect(site.proxy.port)
    slow.send('PUT /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel')
    await site.upstream.until(() => site.upstream.text.endsWith('hel'))
    // Another upstream that says nothing measures the time: when it is over for that one, the first is still waited for.
    const silent = await startRawUpstream((socket) => void socket.resume())
    const other = await PoolProxy.start({ route: silent, muxHTTP: { responseTimeoutMs: 300 } })
    expect(await (await HttpClient.connect(other.port)).get('/')).toMatchObject(TIMED_OUT)
    expect(codesOf(site.proxy)).toEqual([])
    slow.send('lo')
    expect(await slow.readAnswer()).toMatchObject(TIMED_OUT)
    expect(codesOf(site.proxy)).toEqual(['RESPONSE_TIMEOUT'])
  })
})

describe('bodyTimeoutMs', () => {
  test.each([
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
    ['no end but that of the connection', 'HTTP/1.1 200 OK\r\n\r\nhalf'],
  ])('cuts an answer with %s whose body comes to a halt', async (_, text) => {
    const site = await startSite((socket) => void socket.write(text), { muxHTTP: { bodyTimeoutMs: 100 } })
    const client = await HttpClient.connect(site.proxy.port)
    client.send(requestText('/'))
    await expectCut(client)
    expect(codesOf(site.proxy)).toEqual(['BODY_TIMEOUT'])
    expect(site.proxy.log.messages('warn')).toEqual([
      'Breaking off an answer: Cannot wait longer for the rest of the answer: nothing came for 100 ms',
    ])
    await expectNewConnection(site, await HttpClient.connect(site.proxy.port))
  })

  test('leaves a body alone that goes on moving, however long it takes', async () => {
    const pieces = 20
    const site = await startSite(
      (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${pieces}\r\n\r\n`)
        let sent = 0
        const timer = setInterval(() => {
          socket.write('x')
          if (++sent === pieces) clearInterval(timer)
        }, 25)
        onTestFinished(() => clearInterval(timer))
      },
      { muxHTTP: { bodyTimeoutMs: 300 } },
    )
    const client = await HttpClient.connect(site.proxy.port)
    expect(await client.get('/')).toMatchObject({ status: 200, body: 'x'.repeat(pieces) })
    expect(site.proxy.log.entries).toEqual([])
  })

  test('does not count while a client takes nothing', async () => {
    const length = 32 * MIB
    const site = await startSite(
      (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`)
        socket.write(new Uint8Array(length))
      },
      { muxHTTP: { bodyTimeoutMs: 100 } },
    )
    // Nothing is read of it before it is asked for.
    const client = connect(site.proxy.port, '127.0.0.1')
    onTestFinished(() => void client.destroy())
    client.write(requestText('/'))
    await site.upstream.until(() => site.upstream.text !== '')
    const halting = await startRawUpstream(
      (socket) => void socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')),
    )
    const clock = await PoolProxy.start({ route: halting, muxHTTP: { bodyTimeoutMs: 300 } })
    const other = await HttpClient.connect(clock.port)
    other.send(requestText('/'))
    await expectCut(other)
    let receivedBytes = 0
    for await (const piece of client) {
      receivedBytes += (piece as Uint8Array).length
      if (receivedBytes > length) break
    }
    expect(receivedBytes).toBe(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`.length + length)
    expect(site.proxy.log.entries).toEqual([])
  })
})

describe('exchangeTimeoutMs', () => {
  const options = { muxHTTP: { exchangeTimeoutMs: 150 } }

  test('answers 504 before the answer, and the client goes on over another connection', async () => {
    const site = await startSite(() => undefined, options)
    const client = await HttpClient.connect(site.proxy.port)
    expect(await client.get('/')).toMatchObject(TIMED_OUT)
    expect(codesOf(site.proxy)).toEqual(['EXCHANGE_TIMEOUT'])
    await expectNewConnection(site, client)
  })

  test('cuts an answer that goes on moving', async () => {
    const site = await startSite((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n')
      drip(socket, 'x', 10)
    }, options)
    const client = await HttpClient.connect(site.proxy.port)
    client.send(requestText('/'))
    await expectCut(client)
    expect(codesOf(site.proxy)).toEqual(['EXCHANGE_TIMEOUT'])
    await expectNewConnection(site, await HttpClient.connect(site.proxy.port))
  })

  test('counts the wait for a connection: who waits is not given another time', async () => {
    const silent = await startRawUpstream((socket) => void socket.resume())
    const proxy = await PoolProxy.start({ route: silent, sharing: 'upstream', muxHTTP: { exchangeTimeoutMs: 200 } })
    const [first, waiting] = await Promise.all([HttpClient.connect(proxy.port), HttpClient.connect(proxy.port)])
    first.send(requestText('/'))
    const waitingAnswer = waiting.get('/')
    expect(await first.readAnswer()).toMatchObject(TIMED_OUT)
    // Half the time, from now on: who waited is answered before that is over.
    const clock = await PoolProxy.start({ route: silent, muxHTTP: { exchangeTimeoutMs: 100 } })
    const clockAnswer = (await HttpClient.connect(clock.port)).get('/')
    expect(await Promise.race([waitingAnswer.then(() => 'waiting'), clockAnswer.then(() => 'clock')])).toBe('waiting')
    expect(await waitingAnswer).toMatchObject(TIMED_OUT)
    await clockAnswer
    expect(codesOf(proxy)).toEqual(['EXCHANGE_TIMEOUT', 'EXCHANGE_TIMEOUT'])
  })
})

describe('the wait for a connection', () => {
  test('is answered 503 after queueTimeoutMs, and the client goes on', async () => {
    const site = await startSite(() => undefined, { sharing: 'upstream', muxHTTP: { queueTimeoutMs: 100 } })
    const first = await HttpClient.connect(site.proxy.port)
    first.send(requestText('/first'))
    await site.upstream.until(() => site.upstream.text.includes('/first'))
    const second = await HttpClient.connect(site.proxy.port)
    expect(await second.get('/waiting')).toMatchObject({ status: 503, statusText: 'Service Unavailable' })
    expect(codesOf(site.proxy)).toEqual(['QUEUE_TIMEOUT'])
    const [socket] = site.upstream.open as Iterable<Socket> & Set<Socket>
    socket?.write(answer('late'))
    expect(await first.readAnswer()).toMatchObject({ status: 200, body: 'late' })
    expect(site.upstream.text).not.toContain('/waiting')
    second.send(requestText('/again'))
    await site.upstream.until(() => site.upstream.text.includes('/again'))
    socket?.write(answer('again'))
    expect(await second.readAnswer()).toMatchObject({ status: 200, body: 'again' })
  })

  test('is answered 503 at once when as many wait as may', async () => {
    const site = await startSite(() => undefined, { sharing: 'upstream', muxHTTP: { maxQueue: 1 } })
    const clients = await Promise.all([0, 1, 2].map(() => HttpClient.connect(site.proxy.port)))
    for (const client of clients) client.send(requestText('/'))
    const refused = await Promise.race(clients.map((client) => client.readAnswer()))
    expect(refused).toMatchObject({ status: 503 })
    expect(codesOf(site.proxy)).toEqual(['QUEUE_FULL'])
  })
})

describe('an upstream connection that serves nobody', () => {
  test.each([
    ['maxIdleMs', { muxHTTP: { maxIdleMs: 100 } }, ''],
    ['the idleTimeoutMs of connect', { connect: { idleTimeoutMs: 100 } }, ''],
    [
      'half the time that a short Keep-Alive of its upstream names',
      { muxHTTP: { maxIdleMs: 60_000 } },
      'Keep-Alive: timeout=1\r\n',
    ],
    ['a Keep-Alive that allows no more requests', {}, 'Keep-Alive: timeout=60, max=0\r\n'],
  ])(
    'is closed after %s, without a word in the log, and the next request opens another',
    async (_, options, headers) => {
      const site = await startSite((socket) => void socket.write(answer('well', headers)), options)
      const client = await HttpClient.connect(site.proxy.port)
      expect(await client.get('/')).toMatchObject({ status: 200, body: 'well' })
      await site.upstream.until(() => site.upstream.open.size === 0)
      expect(site.proxy.log.entries).toEqual([])
      expect(await client.get('/next')).toMatchObject({ status: 200, body: 'well' })
      expect(site.upstream.acceptedCount).toBe(2)
    },
  )
})

test('idleTimeoutMs of connect ends a request whose upstream is silent, when no other time is set', async () => {
  const site = await startSite(() => undefined, {
    muxHTTP: { responseTimeoutMs: 0, bodyTimeoutMs: 0 },
    connect: { idleTimeoutMs: 100 },
  })
  const client = await HttpClient.connect(site.proxy.port)
  expect(await client.get('/')).toMatchObject(TIMED_OUT)
  expect(codesOf(site.proxy)).toEqual(['IDLE_TIMEOUT'])
  await expectNewConnection(site, client)
})

test('NodeLog at its level debug writes the code of a time that was over', async () => {
  const { proxy } = await startSite(() => undefined, { muxHTTP: { responseTimeoutMs: 50 } })
  expect((await (await HttpClient.connect(proxy.port)).get('/')).status).toBe(504)
  let text = ''
  const log = new NodeLog({ level: 'debug', stderr: { write: (line) => (text += line) } })
  log.warn(proxy.log.messages('warn').join(), proxy.log.errors[0])
  expect(text).toMatch(/^\S+ warn Answering 504: Cannot wait .*\n\[RESPONSE_TIMEOUT\] ProxyError: Cannot wait /)
})
