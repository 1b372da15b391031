import { describe, expect, test } from 'vitest'
import { addresses, openService, type OpenedService } from './open-service.ts'

/** Requests that all fail and want one retry each. @returns how many retries there were */
async function storm({ service, runtime, serve }: OpenedService, perSecond: number, seconds: number): Promise<number> {
  let retries = 0
  for (let i = 0; i < perSecond * seconds; i++) {
    serve('t0:80', 200)
    if (service.mayRetry()) {
      serve('t0:80', 200)
      service.beginRetry()
      service.endRetry()
      retries++
    }
    await runtime.advance(1_000 / perSecond)
  }
  return retries
}

describe('retry budget', () => {
  test('holds retries down to the share of the requests', async () => {
    const opened = openService({ targets: addresses(1), retry: { budget: { share: 0.2, minPerSecond: 0 } } })
    const retries = await storm(opened, 200, 20)
    expect(retries).toBeGreaterThan(0.18 * 4_000)
    expect(retries).toBeLessThanOrEqual(0.2 * 4_000)
    expect(opened.service.statistics).toMatchObject({ retries, refusedRetries: 4_000 - retries, activeRetries: 0 })
  })

  test('allows minPerSecond in each second whatever the share', async () => {
    const opened = openService({ targets: addresses(1), retry: { budget: { share: 0, minPerSecond: 3 } } })
    expect(await storm(opened, 20, 10)).toBe(30)
  })

  test('allows 20 % and 10 a second by default', async () => {
    const opened = openService({ targets: addresses(1) })
    const retries = await storm(opened, 400, 5)
    expect(retries).toBeGreaterThanOrEqual(0.19 * 2_000)
    expect(retries).toBeLessThanOrEqual(0.2 * 2_000 + 10 * 5)
  })

  test('forgets requests that are older than the window', async () => {
    const budget = { share: 0.5, minPerSecond: 0, windowMs: 1_000 }
    const { service, serve, runtime } = openService({ targets: addresses(1), retry: { budget } })
    for (let i = 0; i < 100; i++) serve('t0:80', 200)
    expect(service.mayRetry()).toBe(true)
    await runtime.advance(1_000)
    expect(service.mayRetry()).toBe(false)
  })

  test('and limits.maxConcurrentRetries both have to agree', () => {
    const { service, serve } = openService({ targets: addresses(1), limits: { maxConcurrentRetries: 2 } })
    for (let i = 0; i < 2; i++) {
      serve('t0:80', 200)
      expect(service.mayRetry()).toBe(true)
      service.beginRetry()
    }
    expect(service.mayRetry()).toBe(false)
    service.endRetry()
    expect(service.mayRetry()).toBe(true)
  })
})
