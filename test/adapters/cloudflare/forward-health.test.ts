import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { MortalUpstream } from '../../end-to-end/support/mortal-upstream.ts'
import { type ForwardedService, ForwardWorker, type TargetWay } from './support/forward-worker.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

/** Longer than any test. */
const LONG_MS = 60_000

describe.each<TargetWay>(['fetch', 'tcp'])('the health of targets in a Worker, by %s', (way) => {
  let worker: ForwardWorker

  beforeAll(async () => {
    worker = await ForwardWorker.start(way)
  })

  afterAll(() => worker?.dispose())

  /** Answers everything but what holds the request until `release`. */
  async function startHealthy(name: string, onCheck: (response: ServerResponse) => void = answerWell) {
    const held: ServerResponse[] = []
    const upstream = await MortalUpstream.start(name, (request, response) => {
      if (request.url === '/health') onCheck(response)
      else if (request.url === '/hold') held.push(response)
      else response.end(name)
    })
    const checks = (): number => upstream.requests.filter((line) => line === 'GET /health').length
    const release = (): void => held.splice(0).forEach((response) => response.end('released'))
    return { upstream, address: upstream.address, checks, release }
  }

  /** A request that is there until the target answers it. */
  async function hold(service: ForwardedService, { upstream }: { upstream: MortalUpstream }) {
    const heldBefore = upstream.requests.filter((line) => line === 'GET /hold').length
    const answer = service.get('/hold')
    await expect.poll(() => upstream.requests.filter((line) => line === 'GET /hold').length).toBe(heldBefore + 1)
    return { answer }
  }

  test('counts the failures of requests over all requests, and leaves the target alone', async () => {
    const bad = await MortalUpstream.start('bad', (_, response) => response.writeHead(503).end('bad'))
    const good = await MortalUpstream.start('good', (_, response) => response.end('good'))
    const service = await worker.open([bad.address, good.address], {
      health: { passive: { maxFails: 3, failWindowMs: LONG_MS, statuses: [503] } },
    })
    for (let i = 0; i < 20; i++) await service.get('/')
    expect([bad.requests.length, good.requests.length]).toEqual([3, 17])
    expect(await service.target(bad.address)).toMatchObject({ state: 'unhealthy', failures: 3, active: 0 })
  })

  test('gives a target requests again when its time is over, with no timer that a request has left behind', async () => {
    let isBad = true
    const flaky = await MortalUpstream.start('flaky', (_, response) =>
      response.writeHead(isBad ? 503 : 200).end('flaky'),
    )
    const good = await MortalUpstream.start('good', (_, response) => response.end('good'))
    const service = await worker.open([flaky.address, good.address], {
      health: { passive: { maxFails: 1, failWindowMs: 300, statuses: [503] } },
    })
    expect((await service.get('/'))[0]).toBe(503)
    isBad = false
    expect((await service.target(flaky.address)).state).toBe('unhealthy')
    await expect.poll(() => service.get('/'), { timeout: 5_000 }).toEqual([200, 'flaky'])
    expect((await service.target(flaky.address)).state).toBe('healthy')
  })

  test('ejects a target over all requests, and takes it back', async () => {
    let isBad = true
    const flaky = await MortalUpstream.start('flaky', (_, response) =>
      response.writeHead(isBad ? 500 : 200).end('flaky'),
    )
    const others = await Promise.all(
      ['b', 'c'].map((name) => MortalUpstream.start(name, (_, response) => response.end(name))),
    )
    const service = await worker.open(
      [flaky, ...others].map(({ address }) => address),
      {
        outlier: { consecutiveFailures: 2, baseEjectionMs: 500 },
      },
    )
    for (let i = 0; i < 6; i++) await service.get('/')
    expect(flaky.requests).toHaveLength(2)
    expect(await service.statistics()).toMatchObject({ ejections: 1, failures: 2 })
    isBad = false
    await expect.poll(() => service.get('/'), { timeout: 5_000 }).toEqual([200, 'flaky'])
  })

  test('checks targets while a request is there', async () => {
    const bad = await startHealthy('bad', (response) => response.writeHead(500).end())
    const good = await startHealthy('good')
    const service = await worker.open([good.address, bad.address], {
      health: { check: { type: 'http', path: '/health', intervalMs: 50 } },
    })
    const { answer: held } = await hold(service, good)
    await expect.poll(() => Math.min(bad.checks(), good.checks())).toBeGreaterThan(4)
    expect((await service.target(bad.address)).state).toBe('unhealthy')
    expect((await service.target(good.address)).state).toBe('healthy')
    for (let i = 0; i < 4; i++) expect(await service.get('/')).toEqual([200, 'good'])
    good.release()
    expect(await held).toEqual([200, 'released'])
    // Nobody asks when nobody is there.
    await expect.poll(async () => (await service.statistics()).active).toBe(0)
    const { checks } = await service.statistics()
    const other = await worker.open([good.address], {
      health: { check: { type: 'http', path: '/health', intervalMs: 50 } },
    })
    const { answer } = await hold(other, good)
    await expect.poll(async () => (await other.statistics()).checks).toBeGreaterThan(5)
    expect((await service.statistics()).checks).toBe(checks)
    good.release()
    await answer
  })

  test('checks a target once in an interval, however many requests come', async () => {
    const upstream = await startHealthy('only')
    const service = await worker.open([upstream.address], {
      health: { check: { type: 'http', path: '/health', intervalMs: LONG_MS } },
    })
    // The first ones may be over before their check is.
    const { answer: held } = await hold(service, upstream)
    await expect.poll(async () => (await service.statistics()).checks).toBe(1)
    const before = upstream.checks()
    for (let i = 0; i < 30; i++) await service.get('/')
    await Promise.all(Array.from({ length: 30 }, () => service.get('/')))
    upstream.release()
    await held
    expect([upstream.checks() - before, (await service.statistics()).checks]).toEqual([0, 1])
  })

  test('holds nothing against a target whose check ended with the request that had begun it', async () => {
    const upstream = await startHealthy('slow', (response) => void setTimeout(() => answerWell(response), 60))
    const other = await startHealthy('other')
    const service = await worker.open([upstream.address, other.address], {
      balancer: 'random',
      health: { check: { type: 'http', path: '/health', intervalMs: 20, timeoutMs: 400 }, panicThreshold: 0 },
    })
    const done = Date.now() + 2_000
    const run = async (): Promise<void> => {
      while (Date.now() < done) expect((await service.get('/'))[0]).toBe(200)
    }
    await Promise.all(Array.from({ length: 8 }, run))
    expect(await service.statistics()).toMatchObject({ failedChecks: 0, active: 0, failures: 0 })
    expect((await service.target(upstream.address)).state).toBe('healthy')
    expect(worker.lines.filter((line) => /I\/O|different request|hang/i.test(line))).toEqual([])
  })

  test('keeps the times of a request when others come, fail and go', async () => {
    const silent = await startHealthy('silent')
    const bad = await MortalUpstream.start('bad', (_, response) => response.writeHead(503).end('bad'))
    const check = { type: 'http', path: '/health', intervalMs: 30 } as const
    const passive = { maxFails: 1, failWindowMs: 30, statuses: [503] }
    const service = await worker.open([silent.address, bad.address], {
      health: { check: { ...check, expectedStatuses: ['100-599'] }, passive },
      timeouts: { responseMs: 700 },
    })
    const startedMs = performance.now()
    const { answer: held } = await hold(service, silent)
    let isOver = false
    void held.then(() => (isOver = true))
    while (!isOver && performance.now() - startedMs < 10_000) await service.get('/')
    expect((await held)[0]).toBe(504)
    expect(performance.now() - startedMs).toBeLessThan(3_000)
  })
})

function answerWell(response: ServerResponse): void {
  response.end('well')
}
