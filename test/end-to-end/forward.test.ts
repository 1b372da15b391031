import { algo, pipy } from 'sluice'
import { serve } from 'sluice/node'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { RecordingLog } from '../support/recording-log.ts'
import { findClosedAddress } from './support/closed-address.ts'
import { HttpClient } from './support/http-client.ts'
import { MortalUpstream } from './support/mortal-upstream.ts'
import { startRawUpstream } from './support/raw-upstream.ts'
import { startSilentAddress } from './support/silent-address.ts'

vi.setConfig({ testTimeout: 30_000 })

interface Proxy {
  readonly service: algo.Service
  readonly log: RecordingLog
  readonly port: number
}

async function startProxy(options: algo.ServiceOptions): Promise<Proxy> {
  const service = new algo.Service({ name: 'api', ...options })
  const log = new RecordingLog()
  const server = await serve(
    pipy()
      .listen('127.0.0.1:0')
      .demuxHTTP((p) => p.forward(service)),
    { log },
  )
  onTestFinished(() => server.close())
  return { service, log, port: server.addresses[0]?.port as number }
}

const put = (path: string, body: string): string =>
  `PUT ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`
const post = (path: string, body: string): string => put(path, body).replace('PUT', 'POST')

describe('forward over sockets', () => {
  test('gives requests to the targets in turn, over connections that clients share', async () => {
    const upstreams = await Promise.all(['a', 'b'].map((name) => MortalUpstream.start(name)))
    const { port } = await startProxy({ targets: upstreams.map(({ address }) => address) })
    const bodies = []
    for (let i = 0; i < 6; i++) bodies.push((await (await HttpClient.connect(port)).get(`/${i}`)).body)
    expect(bodies).toEqual(['a GET /0', 'b GET /1', 'a GET /2', 'b GET /3', 'a GET /4', 'b GET /5'])
    expect(upstreams.map(({ acceptedCount }) => acceptedCount)).toEqual([1, 1])
  })

  test('goes past a target that refuses connections, one that has no address, and one that is silent', async () => {
    const good = await MortalUpstream.start('good')
    const targets = [await findClosedAddress(), 'no-such-host.invalid:80', await startSilentAddress(), good.address]
    const { port, service } = await startProxy({ targets, retry: { attempts: 3 }, timeouts: { connectMs: 200 } })
    const client = await HttpClient.connect(port)
    client.send(post('/1', 'hello'))
    expect(await client.readAnswer()).toMatchObject({ status: 200, body: 'good POST /1' })
    expect(good.requests).toEqual(['POST /1'])
    expect(service.statistics).toMatchObject({ requests: 4, failures: 3, retries: 3, active: 0 })
  })

  test('asks another target when one dies before it answers', async () => {
    const dying = await MortalUpstream.start('dying', (_request, response) => response.socket?.resetAndDestroy())
    const good = await MortalUpstream.start('good')
    const { port } = await startProxy({ targets: [dying.address, good.address] })
    const client = await HttpClient.connect(port)
    client.send(put('/1', 'hello'))
    expect(await client.readAnswer()).toMatchObject({ status: 200, body: 'good PUT /1' })
    expect([dying.requests, good.requests]).toEqual([['PUT /1'], ['PUT /1']])
  })

  test('cuts the client off when a target dies inside its answer, and asks nobody else', async () => {
    const dying = await MortalUpstream.start('dying', (_request, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('only this', () => response.socket?.resetAndDestroy())
    })
    const good = await MortalUpstream.start('good')
    const { port } = await startProxy({ targets: [dying.address, good.address] })
    const client = await HttpClient.connect(port)
    await expect(client.get('/1')).rejects.toThrow(/connection ended after "only this"|ECONNRESET/)
    expect(good.requests).toEqual([])
  })

  test('tells a client whose POST a target may have got, and does not send it again', async () => {
    const dying = await MortalUpstream.start('dying', (_request, response) => response.socket?.resetAndDestroy())
    const good = await MortalUpstream.start('good')
    const { port } = await startProxy({ targets: [dying.address, good.address] })
    const client = await HttpClient.connect(port)
    client.send(post('/1', 'hello'))
    expect(await client.readAnswer()).toMatchObject({ status: 502 })
    expect([dying.requests, good.requests]).toEqual([['POST /1'], []])
  })

  test('asks another target at once when one says 503, and waits for Retry-After when there is no other', async () => {
    let isBusy = true
    const busy = await MortalUpstream.start('busy', (_request, response) => {
      response.writeHead(isBusy ? 503 : 200, { 'retry-after': '1' }).end(isBusy ? 'later' : 'now')
    })
    const good = await MortalUpstream.start('good')
    const retry = { on: [503] }
    const two = await startProxy({ targets: [busy.address, good.address], retry })
    expect(await (await HttpClient.connect(two.port)).get('/1')).toMatchObject({ status: 200, body: 'good GET /1' })
    const one = await startProxy({ targets: [busy.address], retry })
    const answer = (await HttpClient.connect(one.port)).get('/2')
    await busy.received(2)
    const before = performance.now()
    isBusy = false
    expect(await answer).toMatchObject({ status: 200, body: 'now' })
    expect(performance.now() - before).toBeGreaterThan(900)
    expect(busy.acceptedCount).toBe(2)
  })

  test('asks another target when one has not answered in the time of a try', async () => {
    const slow = await MortalUpstream.start('slow', () => undefined)
    const good = await MortalUpstream.start('good')
    const { port, service } = await startProxy({
      targets: [slow.address, good.address],
      retry: { on: ['timeout'], perTryTimeoutMs: 100 },
    })
    const client = await HttpClient.connect(port)
    expect(await client.get('/1')).toMatchObject({ status: 200, body: 'good GET /1' })
    expect(service.statistics.targets.map(({ failures, active }) => [failures, active])).toEqual([
      [1, 0],
      [0, 0],
    ])
  })

  test('does not wait for a slow target with hedging, and lets go of it', async () => {
    let isSlow = false
    let closed: () => void = () => {}
    const whenClosed = new Promise<void>((resolve) => (closed = resolve))
    const slow = await MortalUpstream.start('slow', (_request, response) => {
      if (isSlow) response.once('close', closed)
      else response.end('slow')
    })
    const good = await MortalUpstream.start('good')
    const hedge = { percentile: 95, minRequests: 50 }
    const { port, service } = await startProxy({ targets: [slow.address, good.address], retry: { hedge } })
    const client = await HttpClient.connect(port)
    for (let i = 0; i < 50; i++) await client.get('/warm')
    isSlow = true
    expect(await client.get('/1')).toMatchObject({ status: 200, body: 'good GET /1' })
    await whenClosed
    expect(service.statistics).toMatchObject({ retries: 1, failures: 0, active: 0, activeRetries: 0 })
  })

  test.each([
    { bytes: 64 * 1024, status: 200 },
    { bytes: 64 * 1024 + 1, status: 502 },
  ])('answers $status to a body of $bytes bytes whose first target dies', async ({ bytes, status }) => {
    const dying = await MortalUpstream.start('dying', (_request, response) => response.socket?.resetAndDestroy())
    const good = await MortalUpstream.start('good')
    const { port } = await startProxy({ targets: [dying.address, good.address] })
    const client = await HttpClient.connect(port)
    client.send(put('/1', 'x'.repeat(bytes)))
    expect((await client.readAnswer()).status).toBe(status)
    expect(good.requests).toEqual(status === 200 ? ['PUT /1'] : [])
  })

  test('uses no connection again on which an answer that it gave up was not over', async () => {
    const connections: string[] = []
    const raw = await startRawUpstream((socket) => {
      const i = connections.push('') - 1
      socket.on('data', (bytes) => {
        connections[i] += bytes.toString('latin1')
        if (i === 0) socket.write('HTTP/1.1 503 Busy\r\nContent-Length: 1000\r\n\r\nnot all of it')
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      })
    })
    const { port } = await startProxy({ targets: [raw], retry: { on: [503] } })
    const client = await HttpClient.connect(port)
    for (const path of ['/1', '/2', '/3']) expect(await client.get(path)).toMatchObject({ status: 200, body: 'ok' })
    expect(connections.map((text) => text.match(/GET \S+/g))).toEqual([['GET /1'], ['GET /1', 'GET /2', 'GET /3']])
  })

  test('answers 503 when all targets are gone, and serves again when one is back', async () => {
    const upstream = await MortalUpstream.start('only')
    const { port, log, service } = await startProxy({
      targets: [upstream.address],
      health: { passive: { maxFails: 1, failWindowMs: 100 }, panicThreshold: 0 },
      retry: { attempts: 0 },
    })
    const isBack = new Promise<void>((resolve) => {
      service.subscribe(({ to }) => to === 'healthy' && resolve())
    })
    const client = await HttpClient.connect(port)
    await upstream.kill()
    expect((await client.get('/1')).status).toBe(502)
    expect(await client.get('/2')).toMatchObject({ status: 503, body: expect.stringContaining('"api"') })
    expect(log.messages('warn').join('\n')).toContain('Cannot find a target of service "api"')
    await upstream.revive()
    await isBack
    expect((await client.get('/3')).status).toBe(200)
  })
})

test('forward loses no request that may be sent again while targets die and come back, and sends no other one twice', async () => {
  const upstreams: MortalUpstream[] = []
  for (const name of ['a', 'b', 'c', 'd']) {
    // Some turns later: so that there are requests under way when a target dies.
    upstreams.push(
      await MortalUpstream.start(name, (request, response) => {
        setTimeout(() => response.end(`${request.method} ${request.url}`), 2)
      }),
    )
  }
  const { port, service } = await startProxy({
    targets: upstreams.map(({ address }) => address),
    // Far more dies here than the budget of the default is made for.
    retry: { attempts: 3, budget: { share: 1 } },
    health: { passive: { maxFails: 2, failWindowMs: 100 } },
  })
  const clientCount = 20
  const perClient = 60
  let done = 0
  let wake: () => void = () => {}
  const lost: string[] = []
  const refused: string[] = []
  /** POSTs that clients wait for; and those of them, or begun since, that were so while a target died. */
  const waiting = new Set<string>()
  const exposed = new Set<string>()
  let isDying = false
  const run = async (name: number): Promise<void> => {
    let client = await HttpClient.connect(port)
    for (let i = 0; i < perClient; i++) {
      const path = `/${name}-${i}`
      const method = ['GET', 'PUT', 'GET', 'POST'][i % 4] as string
      if (method === 'POST') (isDying ? exposed : waiting).add(path)
      try {
        client.send(
          method === 'GET'
            ? `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
            : put(path, 'x'.repeat(500)).replace('PUT', method),
        )
        const { status, body } = await client.readAnswer()
        if (status !== 200 || body !== `${method} ${path}`)
          (method === 'POST' ? refused : lost).push(method === 'POST' ? path : `${method} ${path}: ${status} ${body}`)
      } catch (error) {
        ;(method === 'POST' ? refused : lost).push(method === 'POST' ? path : `${method} ${path}: ${String(error)}`)
        client = await HttpClient.connect(port)
      }
      waiting.delete(path)
      done++
      wake()
    }
  }
  const killing = async (): Promise<number> => {
    let kills = 0
    const until = async (count: number): Promise<void> => {
      while (done < Math.min(count, clientCount * perClient)) await new Promise<void>((resolve) => (wake = resolve))
    }
    for (let at = 200; at < clientCount * perClient - 100; at += 60, kills++) {
      const upstream = upstreams[kills % upstreams.length] as MortalUpstream
      await until(at)
      isDying = true
      for (const path of waiting) exposed.add(path)
      await upstream.kill()
      // The proxy learns in the next turn of the loop that connections are gone; what it sends before that is exposed too.
      await nextTurn()
      await nextTurn()
      isDying = false
      await until(at + 40)
      await upstream.revive()
    }
    return kills
  }
  const [kills] = await Promise.all([killing(), ...Array.from({ length: clientCount }, (_, i) => run(i))])
  expect(kills).toBeGreaterThan(10)
  expect(lost).toEqual([])
  const posts = upstreams.flatMap(({ requests }) => requests.filter((line) => line.startsWith('POST ')))
  expect(new Set(posts).size).toBe(posts.length)
  // No more than those that the dying target may have got: one begun while a target is known to be dead is never refused.
  expect(refused.filter((path) => !exposed.has(path))).toEqual([])
  expect(exposed.size).toBeLessThan(0.5 * posts.length)
  expect(service.statistics).toMatchObject({ active: 0, activeRetries: 0, refusedRetries: 0 })
  expect(service.statistics.retries).toBeGreaterThan(0)
})

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
