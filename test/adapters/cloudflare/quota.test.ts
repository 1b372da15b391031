import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { QuotaRule } from '../../../src/algorithms/quota/quota-rule.ts'
import type { QuotaGrant } from '../../../src/algorithms/quota/quota-store.ts'
import { quotaStoreCases } from '../../algorithms/quota/quota-store.cases.ts'
import { type StartedWorker, startWorker } from './support/start-worker.ts'

vi.setConfig({ testTimeout: 30_000 })

const start = (): Promise<StartedWorker> =>
  startWorker({
    script: new URL('./support/quota-worker.ts', import.meta.url),
    durableObjects: { QUOTA: 'SluiceQuota', BROKEN: 'BrokenQuota', WATCHED: 'WatchedQuota' },
  })

async function post<T>(worker: StartedWorker, path: string, body: object): Promise<T> {
  const response = await fetch(`${worker.url}${path}`, { method: 'POST', body: JSON.stringify(body) })
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as T
}

quotaStoreCases('SluiceQuota in workerd', async () => {
  const worker = await start()
  return {
    store: {
      isShared: true,
      take: (request) => post<QuotaGrant>(worker, 'take', request),
      give: (request) => post(worker, 'give', request),
      reset: (key) => post(worker, 'reset', { key }),
    },
    now: () => performance.now(),
    // By the clock of the runtime.
    advance: (ms) => post(worker, 'wait', { ms: Math.ceil(ms) + 2 }),
    stop: () => worker.dispose(),
  }
})

describe('SluiceQuota in workerd', () => {
  let worker: StartedWorker
  beforeAll(async () => {
    worker = await start()
  }, 30_000)
  afterAll(() => worker.dispose())

  const rule: QuotaRule = { limit: 40, perMs: 3_600_000, burst: 40, initial: 40, refill: 'smooth' }

  test('gives many requests, each of which asks many times at once, no more than one quota has', async () => {
    const request = { key: 'many', rule, count: 1, least: 1, nowMs: 0, times: 10 }
    const taken = await Promise.all(Array.from({ length: 20 }, () => post<number>(worker, 'many', request)))
    expect(taken.reduce((sum, count) => sum + count, 0)).toBe(40)
  })

  test('forgets nothing when the platform ends its object', async () => {
    const request = { key: 'ended', rule, count: 30, least: 1, nowMs: 0, binding: 'WATCHED' }
    expect(await post(worker, 'take', request)).toMatchObject({ taken: 30 })
    expect(await post(worker, 'end', { key: 'ended' })).toContain('ended by the test')
    expect(await post(worker, 'take', request)).toMatchObject({ taken: 10 })
  })

  test('empties its storage a while after it is full again, and not before', async () => {
    const fast: QuotaRule = { limit: 10, perMs: 1000, burst: 10, initial: 10, refill: 'smooth' }
    await post(worker, 'take', { key: 'full', rule: fast, count: 5, least: 5, nowMs: 0, binding: 'WATCHED' })
    expect(await post(worker, 'stored', { key: 'full' })).toBe(1)
    await vi.waitFor(async () => expect(await post(worker, 'stored', { key: 'full' })).toBe(0), 10_000)
  })

  test('counts for a proxy, which answers 429 when it is used up', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => fetch(`${worker.url}proxy`)))
    const statuses = answers.map(({ status }) => status).sort()
    expect(statuses).toEqual([200, 200, 200, 429, 429, 429, 429, 429])
    const refused = answers.find(({ status }) => status === 429)
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(1000)
    await Promise.all(answers.map((answer) => answer.text()))
  })

  test('lets everything pass while an object is broken, and says so once', async () => {
    const request = { key: 'a', rule, count: 3, least: 3, nowMs: 0, binding: 'BROKEN' }
    for (let i = 0; i < 5; i++) expect(await post(worker, 'take', request)).toMatchObject({ taken: 3 })
    const lines = (): readonly string[] => worker.lines.filter((line) => line.includes('Cannot count quotas'))
    await vi.waitFor(() => expect(lines()).toHaveLength(1))
    expect(lines()[0]).toContain('the object is broken; until it is back everything passes')
  })
})
