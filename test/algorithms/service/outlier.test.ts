import { describe, expect, test } from 'vitest'
import { addresses, openService } from './open-service.ts'

describe('ejection after failures in a row', () => {
  test('counts connections that fail, timeouts and statuses from 500, and begins anew with each success', () => {
    const { serve, target, reasons } = openService({ targets: addresses(4), outlier: { consecutiveFailures: 3 } })
    serve('t0:80', 500)
    serve('t0:80', { kind: 'reset', latencyMs: 1 })
    serve('t0:80', 404)
    serve('t0:80', 503)
    serve('t0:80', { kind: 'aborted', latencyMs: 1 })
    serve('t0:80', { kind: 'timeout', latencyMs: 1 })
    expect(target('t0:80').state).toBe('healthy')
    serve('t0:80', { kind: 'connect-failed', latencyMs: 1 })
    expect(target('t0:80')).toMatchObject({ state: 'ejected', ejections: 1, isAvailable: false })
    expect(reasons).toEqual(['3 failures in a row'])
  })

  test('lasts longer each time, no longer than maxEjectionMs, and is forgiven in intervals of good conduct', async () => {
    const { serve, target, runtime } = openService({
      targets: addresses(4),
      outlier: { consecutiveFailures: 1, baseEjectionMs: 100, maxEjectionMs: 250, intervalMs: 10_000 },
    })
    const durations: number[] = []
    const eject = async (): Promise<void> => {
      serve('t0:80', 500)
      const startMs = runtime.clock.now
      while (target('t0:80').state === 'ejected') await runtime.advance(10)
      durations.push(runtime.clock.now - startMs)
    }
    for (let i = 0; i < 4; i++) await eject()
    expect(durations).toEqual([100, 200, 250, 250])
    await runtime.advance(40_000)
    await eject()
    expect(durations.at(-1)).toBe(100)
  })

  test.each([
    [1, 0.5, 0],
    [2, 0.5, 1],
    [3, 0.5, 1],
    [10, 0.1, 1],
    [10, 0.3, 3],
    [10, 0, 0],
    [10, 1, 10],
  ])('of %i targets with maxEjectedShare %d ejects %i', (count, maxEjectedShare, expected) => {
    const { serve, service } = openService({
      targets: addresses(count),
      outlier: { consecutiveFailures: 1, maxEjectedShare },
    })
    for (const address of addresses(count)) serve(address, 500)
    expect(service.targets.filter(({ state }) => state === 'ejected')).toHaveLength(expected)
    expect(service.statistics.ejections).toBe(expected)
  })

  test('lets targets come back when others leave and too many would be ejected', async () => {
    const { serve, service, target, runtime, reasons } = openService({
      targets: addresses(4),
      outlier: { consecutiveFailures: 1, maxEjectedShare: 0.5 },
    })
    serve('t0:80', 500)
    await runtime.advance(1_000)
    serve('t1:80', 500)
    service.set(addresses(3))
    expect(target('t0:80').state).toBe('healthy')
    expect(target('t1:80').state).toBe('ejected')
    expect(reasons).toContain('too many would be ejected of the targets that are left')
  })

  test('makes room for others when an ejected target is taken out', () => {
    const { serve, service, target } = openService({
      targets: addresses(4),
      outlier: { consecutiveFailures: 1, maxEjectedShare: 0.25 },
    })
    serve('t0:80', 500)
    service.set(addresses(5).slice(1))
    serve('t1:80', 500)
    expect(target('t1:80').state).toBe('ejected')
  })
})

describe('ejection by success rate', () => {
  const outlier = {
    consecutiveFailures: 0,
    intervalMs: 1_000,
    successRate: { minRequests: 50, minTargets: 5, deviations: 1.9 },
  }

  test('ejects the target whose rate lies far below the others at the end of the interval', async () => {
    const { serve, target, runtime, service, reasons } = openService({ targets: addresses(10), outlier })
    for (const address of addresses(10)) {
      for (let i = 0; i < 50; i++) serve(address, address === 't7:80' && i % 2 === 0 ? 500 : 200)
    }
    expect(target('t7:80').state).toBe('healthy')
    await runtime.advance(1_000)
    expect(target('t7:80').state).toBe('ejected')
    expect(service.statistics.ejections).toBe(1)
    expect(reasons[0]).toMatch(/^50\.0 % of its requests went well, expected 6\d\.\d % beside the others$/)
  })

  test('judges nobody when too few targets have enough requests, or when all are alike', async () => {
    const { serve, runtime, service } = openService({ targets: addresses(10), outlier })
    for (const address of addresses(4)) for (let i = 0; i < 50; i++) serve(address, address === 't0:80' ? 500 : 200)
    for (const address of addresses(10).slice(4)) for (let i = 0; i < 49; i++) serve(address, 200)
    await runtime.advance(1_000)
    for (const address of addresses(10)) for (let i = 0; i < 50; i++) serve(address, i % 2 === 0 ? 500 : 200)
    await runtime.advance(1_000)
    expect(service.statistics.ejections).toBe(0)
  })

  test('sets no timer while there is nothing to compare', async () => {
    const { serve, runtime } = openService({ targets: addresses(5), outlier })
    expect(runtime.clock.timerCount).toBe(0)
    serve('t0:80', 200)
    expect(runtime.clock.timerCount).toBe(1)
    await runtime.advance(1_000)
    expect(runtime.clock.timerCount).toBe(0)
  })
})
