import { expect, test, vi } from 'vitest'
import { findClosedAddress } from '../support/closed-address.ts'
import { HttpClient } from '../support/http-client.ts'
import { countOpenFiles, PoolProxy } from '../support/pool-proxy.ts'
import { TalkingUpstream } from '../support/talking-upstream.ts'
import { Upstream } from '../support/upstream.ts'

vi.setConfig({ testTimeout: 30_000 })

const CLIENTS = 500

test(`${CLIENTS} clients at once never open more connections to an upstream than allowed, and all are answered`, async () => {
  let underWay = 0
  let mostUnderWay = 0
  const upstream = await Upstream.start('upstream', ({ url }, response) => {
    mostUnderWay = Math.max(mostUnderWay, ++underWay)
    setImmediate(() => {
      underWay--
      response.end(url)
    })
  })
  const proxy = await PoolProxy.start({
    route: upstream.address,
    sharing: 'upstream',
    muxHTTP: { maxConnections: 8 },
  })
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => HttpClient.connect(proxy.port)))
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(clients.map((client, i) => client.get(`/${round}/${i}`)))
    expect(answers.every(({ status, body }, i) => status === 200 && body === `/${round}/${i}`)).toBe(true)
  }
  expect(mostUnderWay).toBe(8)
  expect(upstream.acceptedCount).toBe(8)
})

test('what finds the queue full is told so at once with 503, and what waits is served in its order', async () => {
  const answered: string[] = []
  const upstream = await TalkingUpstream.start((_, text) => answered.push(text.split(' ')[1] ?? ''))
  const proxy = await PoolProxy.start({
    route: upstream.address,
    sharing: 'upstream',
    muxHTTP: { maxConnections: 1, maxQueue: 100 },
  })
  const first = await HttpClient.connect(proxy.port)
  first.send('GET /first HTTP/1.1\r\nHost: a\r\n\r\n')
  await upstream.hasConnections(1)
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => HttpClient.connect(proxy.port)))
  const statuses: number[] = []
  const served = clients.map(async (client, i) => {
    const { status } = await client.get(`/${i}`)
    statuses.push(status)
    return status
  })
  await vi.waitFor(() => expect(statuses).toHaveLength(CLIENTS - 100))
  expect(new Set(statuses)).toEqual(new Set([503]))
  expect(upstream.acceptedCount).toBe(1)
  const [socket] = upstream.open
  for (let i = 0; i <= 100; i++) {
    await upstream.until(() => answered.length > i)
    socket?.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
  }
  expect(await first.readAnswer()).toMatchObject({ status: 200 })
  expect((await Promise.all(served)).filter((status) => status === 200)).toHaveLength(100)
  expect(upstream.acceptedCount).toBe(1)
})

test('a client that waits for a slow answer makes no other client wait, as long as there are connections', async () => {
  const upstream = await TalkingUpstream.start((socket, text) => {
    if (!text.startsWith('GET /slow')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nquick')
  })
  const proxy = await PoolProxy.start({ route: upstream.address, sharing: 'upstream', muxHTTP: { maxConnections: 3 } })
  for (let i = 0; i < 2; i++) {
    const slow = await HttpClient.connect(proxy.port)
    slow.send('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n')
    await upstream.hasConnections(i + 1)
  }
  const clients = await Promise.all(Array.from({ length: 50 }, () => HttpClient.connect(proxy.port)))
  const answers = await Promise.all(clients.map((client) => client.get('/')))
  expect(answers.every(({ body }) => body === 'quick')).toBe(true)
  expect(upstream.acceptedCount).toBe(3)
  // No request was sent behind another one that was not answered yet.
  expect(upstream.received.filter((text) => text.includes('/slow'))).toHaveLength(2)
  expect(
    upstream.received
      .filter((text) => text.includes('/slow'))
      .join('')
      .match(/^GET /gm),
  ).toHaveLength(2)
})

test('one dead upstream is a 502 for its own requests, poisons no other one, and is asked again when it is back', async () => {
  const dead = await findClosedAddress()
  const live = await Upstream.start('live')
  const proxy = await PoolProxy.start({ route: ({ path }) => (path === '/dead' ? dead : live.address) })
  const filesBefore = countOpenFiles()
  const clients = await Promise.all(Array.from({ length: 10 }, () => HttpClient.connect(proxy.port)))
  for (let i = 0; i < 20; i++) {
    await Promise.all(
      clients.map(async (client) => {
        expect(await client.get('/dead')).toMatchObject({ status: 502, body: 'Connection Refused\n' })
        expect(await client.get(`/${i}`)).toMatchObject({ status: 200, body: `live GET /${i}` })
      }),
    )
  }
  // Ten clients, their other ends, and one upstream connection of each, which has two ends as well.
  expect(countOpenFiles()).toBeLessThanOrEqual(filesBefore + 40 + 4)
  await TalkingUpstream.start(
    (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nback'),
    Number(dead.split(':')[1]),
  )
  for (const client of clients) expect(await client.get('/dead')).toMatchObject({ status: 200, body: 'back' })
})

test.each([
  ['is a 503', 'GET', 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\nRetry-After: 1\r\n\r\nbusy', 503],
  ['is a 500', 'POST', 'HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\nfail', 500],
  ['never comes, since the connection is reset,', 'POST', undefined, 502],
  ['never comes, since the connection is reset,', 'GET', undefined, 502],
] as const)('a request whose answer %s (%s) is sent once', async (_, method, answer, status) => {
  const upstream = await TalkingUpstream.start((socket) => {
    if (answer === undefined) socket.resetAndDestroy()
    else socket.write(answer)
  })
  const proxy = await PoolProxy.start({ route: upstream.address })
  const client = await HttpClient.connect(proxy.port)
  client.send(`${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody`)
  expect(await client.readAnswer()).toMatchObject({ status })
  expect(upstream.text.match(/^(?:GET|POST) /gm)).toHaveLength(1)
})

test('targets may be another for each request, and each goes where it was sent', async () => {
  const upstreams = await Promise.all(Array.from({ length: 30 }, (_, i) => Upstream.start(`upstream ${i}`)))
  const proxy = await PoolProxy.start({ route: ({ headers }) => upstreams[Number(headers['x-number'])]?.address })
  const clients = await Promise.all(Array.from({ length: 5 }, () => HttpClient.connect(proxy.port)))
  for (let i = 0; i < 90; i++) {
    const number = (i * 7) % 31
    await Promise.all(
      clients.map(async (client) => {
        client.send(`GET / HTTP/1.1\r\nHost: a\r\nX-Number: ${number}\r\n\r\n`)
        const expected = number < 30 ? { status: 200, body: `upstream ${number} GET /` } : { status: 404 }
        expect(await client.readAnswer()).toMatchObject(expected)
      }),
    )
  }
  expect(upstreams.map(({ acceptedCount }) => acceptedCount)).toEqual(Array(30).fill(5))
  for (const client of clients) await client.leave()
  await vi.waitFor(() => expect(proxy.heldCount).toBe(0))
})

test('two hundred upstreams that nobody asks any more keep no connection and no place in memory', async () => {
  const upstreams = await Promise.all(
    Array.from({ length: 200 }, () =>
      TalkingUpstream.start((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')),
    ),
  )
  const filesBefore = countOpenFiles()
  const proxy = await PoolProxy.start({
    route: ({ path = '' }) => upstreams[Number(path.slice(1))]?.address,
    sharing: 'upstream',
    muxHTTP: { maxIdleMs: 100 },
  })
  const client = await HttpClient.connect(proxy.port)
  for (const i of upstreams.keys()) expect(await client.get(`/${i}`)).toMatchObject({ status: 200 })
  const countOpen = (): number => upstreams.reduce((sum, { open }) => sum + open.size, 0)
  await vi.waitFor(() => expect(countOpen()).toBe(0), { timeout: 5000 })
  await client.leave()
  await proxy.server.close()
  await vi.waitFor(() => expect(countOpenFiles()).toBeLessThanOrEqual(filesBefore + 2))
})

test.each(['__proto__', 'constructor', 'toString', 'http://a/', 'a b:1', 'a:99999', ':80', 'a', '127.0.0.1:0x50'])(
  'a target "%s" that a script takes from a request is no address: 502, and the connection goes on',
  async (target) => {
    const upstream = await Upstream.start('upstream')
    const proxy = await PoolProxy.start({ route: ({ path }) => (path === '/bad' ? target : upstream.address) })
    const client = await HttpClient.connect(proxy.port)
    for (let i = 0; i < 3; i++) {
      expect(await client.get('/bad')).toMatchObject({ status: 502 })
      expect(await client.get('/')).toMatchObject({ status: 200, body: 'upstream GET /' })
    }
  },
)
