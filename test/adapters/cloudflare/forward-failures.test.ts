import { once } from 'node:events'
import type { RequestListener, ServerResponse } from 'node:http'
import { algo } from 'sluice'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import WebSocket, { WebSocketServer } from 'ws'
import { findClosedAddress } from '../../end-to-end/support/closed-address.ts'
import { HttpClient } from '../../end-to-end/support/http-client.ts'
import { MortalUpstream } from '../../end-to-end/support/mortal-upstream.ts'
import { ForwardWorker, type TargetWay } from './support/forward-worker.ts'

vi.setConfig({ testTimeout: 20_000, hookTimeout: 60_000 })

describe.each<TargetWay>(['fetch', 'tcp'])('forward in a Worker, to targets by %s', (way) => {
  let worker: ForwardWorker

  beforeAll(async () => {
    worker = await ForwardWorker.start(way)
  })

  afterAll(() => worker?.dispose())

  const start = (name: string, respond?: RequestListener): Promise<MortalUpstream> =>
    MortalUpstream.start(name, respond)
  const post = { method: 'POST', body: 'hello' }

  test('gives requests to the targets in turn, also of many clients at once', async () => {
    const upstreams = await Promise.all(['a', 'b', 'c'].map((name) => start(name)))
    const service = await worker.open(upstreams.map(({ address }) => address))
    const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => service.get(`/${i}`)))
    answers.forEach(([status, body], i) => expect([status, body.slice(1)]).toEqual([200, ` GET /${i}`]))
    expect(upstreams.map(({ requests }) => requests.length)).toEqual([20, 20, 20])
    expect(await service.statistics()).toMatchObject({ requests: 60, failures: 0, active: 0 })
  })

  test('asks another target when one refuses connections', async () => {
    const good = await start('good')
    const service = await worker.open([await findClosedAddress(), good.address])
    for (let i = 0; i < 4; i++) expect(await service.get(`/${i}`)).toEqual([200, `good GET /${i}`])
    expect(await service.statistics()).toMatchObject({ retries: 4, failures: 4, active: 0, activeRetries: 0 })
  })

  test('asks another target when one resets the connection', async () => {
    const dying = await start('dying', resetAll)
    const good = await start('good')
    const service = await worker.open([dying.address, good.address])
    expect(await service.get('/1')).toEqual([200, 'good GET /1'])
    expect(await service.get('/2', { method: 'PUT', body: 'hello' })).toEqual([200, 'good PUT /2'])
    expect([dying.requests, good.requests]).toEqual([
      ['GET /1', 'PUT /2'],
      ['GET /1', 'PUT /2'],
    ])
  })

  test('asks another target when one says 503, where retry.on has it, and passes it on elsewhere', async () => {
    const busy = await start('busy', (_: unknown, response: ServerResponse) => response.writeHead(503).end('busy'))
    const good = await start('good')
    const addresses = [busy.address, good.address]
    const retrying = await worker.open(addresses, { retry: { on: [503] } })
    expect(await retrying.get('/1')).toEqual([200, 'good GET /1'])
    const patient = await worker.open(addresses)
    expect(await patient.get('/2')).toEqual([503, 'busy'])
  })

  test('does not send a POST twice that a target may have got', async () => {
    const dying = await start('dying', resetAll)
    const good = await start('good')
    const service = await worker.open([dying.address, good.address])
    expect((await service.get('/1', post))[0]).toBe(502)
    expect([dying.requests, good.requests]).toEqual([['POST /1'], []])
  })

  test('sends a POST to another target only if it is sure that nobody has got it', async () => {
    const good = await start('good')
    const service = await worker.open([await findClosedAddress(), good.address])
    const [status] = await service.get('/1', post)
    // fetch does not tell a connection that never stood from one that broke.
    expect([status, good.requests]).toEqual(way === 'fetch' ? [502, []] : [200, ['POST /1']])
  })

  test('asks another target when one has not answered in the time of a try', async () => {
    const silent = await start('silent', () => undefined)
    const good = await start('good')
    const service = await worker.open([silent.address, good.address], {
      retry: { on: ['timeout'], perTryTimeoutMs: 150 },
    })
    expect(await service.get('/1')).toEqual([200, 'good GET /1'])
    expect(silent.requests).toEqual(['GET /1'])
    expect(await service.target(silent.address)).toMatchObject({ failures: 1, active: 0 })
  })

  test('answers 504 when no target answers in time', async () => {
    const silent = await start('silent', () => undefined)
    const service = await worker.open([silent.address], { timeouts: { responseMs: 150 } })
    expect((await service.get('/1'))[0]).toBe(504)
    expect(await service.statistics()).toMatchObject({ failures: 1, active: 0 })
  })

  test("lets go of a target whose client has left, and does not hold it against the target's", async () => {
    const silent = await start('silent', () => undefined)
    const service = await worker.open([silent.address], { health: { passive: { maxFails: 1 } } })
    const client = await HttpClient.connect(worker.port)
    client.send(`GET /1 HTTP/1.1\r\nHost: a\r\nX-Service: ${service.name}\r\n\r\n`)
    await silent.received(1)
    expect(await service.target(silent.address)).toMatchObject({ active: 1 })
    // Only a reset tells that a client is gone before something is sent to it.
    client.socket.resetAndDestroy()
    await expect.poll(() => service.target(silent.address)).toMatchObject({ active: 0, failures: 0, state: 'healthy' })
  })

  test('asks a second target when the first one takes unusually long, by what earlier requests took', async () => {
    let isSlow = false
    const slow = await start('slow', (_: unknown, response: ServerResponse) => {
      if (!isSlow) response.end('slow')
    })
    const good = await start('good')
    const hedge = { percentile: 95, minRequests: 50 }
    const service = await worker.open([slow.address, good.address], { retry: { hedge } })
    for (let i = 0; i < 50; i++) await service.get('/warm')
    isSlow = true
    expect(await service.get('/1')).toEqual([200, 'good GET /1'])
    expect(await service.statistics()).toMatchObject({ retries: 1, failures: 0, active: 0, activeRetries: 0 })
  })

  test('shows at /_sluice/stats what service.statistics gives on Node, to who knows the secret', async () => {
    const target = await start('only')
    const service = await worker.open([target.address])
    await service.get('/1')
    const shown = await service.statistics()
    const onNode = new algo.Service({ name: service.name, targets: [worker.targetOf(target.address)] })
    const asked = onNode.find(worker.targetOf(target.address)) as algo.Target
    onNode.begin(asked)
    onNode.end(asked, { kind: 'answered', status: 200, latencyMs: shown.targets[0]?.latencyMs ?? -1 })
    expect(shown).toEqual(JSON.parse(JSON.stringify(onNode.statistics)))
    const answer = await fetch(`http://127.0.0.1:${worker.port}/_sluice/stats`)
    expect([answer.status, await answer.text()]).toEqual([401, 'Unauthorized\n'])
  })

  test.each<[string, (client: WebSocket, peer: WebSocket) => void]>([
    ['the client closed it', (client) => client.close(1000)],
    ['the client left', (client) => client.terminate()],
    ['the target closed it', (_, peer) => peer.close(1001)],
    ['the target left', (_, peer) => peer.terminate()],
  ])('counts a WebSocket as under way at its target until %s', async (_, end) => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const service = await worker.open([await findClosedAddress(), `127.0.0.1:${port}`])
    const accepted = once(server, 'connection')
    const client = new WebSocket(`ws://127.0.0.1:${worker.port}/`, { headers: { 'x-service': service.name } })
    client.on('error', () => undefined)
    const [peer] = (await accepted) as [WebSocket]
    peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary }))
    await once(client, 'open')
    client.send('ping')
    expect(String((await once(client, 'message'))[0])).toBe('ping')
    expect(await service.statistics()).toMatchObject({ active: 1, retries: 1, activeRetries: 1 })
    const over = Promise.all([once(client, 'close'), once(peer, 'close')])
    end(client, peer)
    await over
    await expect.poll(() => service.statistics()).toMatchObject({ active: 0, activeRetries: 0, failures: 1 })
    await new Promise((resolve) => server.close(resolve))
  })
})

function resetAll(_: unknown, response: ServerResponse): void {
  response.socket?.resetAndDestroy()
}
