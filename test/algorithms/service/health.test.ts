import { describe, expect, test } from 'vitest'
import type { ServiceOptions } from '../../../src/algorithms/service/service-options.ts'
import { ManualRuntime } from './manual-runtime.ts'
import { addresses, openService } from './open-service.ts'

const CHECK = { type: 'http', path: '/ok', intervalMs: 1_000, jitter: 0, timeoutMs: 300 } as const
const FAILED = { kind: 'connect-failed', latencyMs: 1 } as const

describe('active checks', () => {
  test('ask every target at once, and then at the interval', async () => {
    const { runtime } = openService({ targets: addresses(3), health: { check: CHECK } })
    runtime.answer = () => 'good'
    await runtime.advance(0)
    expect(runtime.probes.map(({ address }) => address)).toEqual(addresses(3))
    expect(runtime.probes[0]?.check).toMatchObject({ type: 'http', path: '/ok', method: 'GET', host: undefined })
    await runtime.advance(999)
    expect(runtime.probes).toHaveLength(3)
    await runtime.advance(1)
    expect(runtime.probes).toHaveLength(6)
  })

  test('spread by chance around the interval, within the jitter', async () => {
    const { runtime } = openService({
      targets: addresses(50),
      health: { check: { ...CHECK, jitter: 0.2 }, maxConcurrentChecks: 50 },
    })
    runtime.answer = () => 'good'
    await runtime.advance(799)
    expect(runtime.probes).toHaveLength(50)
    await runtime.advance(201)
    expect(runtime.probes.length).toBeGreaterThan(60)
    expect(runtime.probes.length).toBeLessThan(90)
    await runtime.advance(200)
    expect(runtime.probes).toHaveLength(100)
  })

  test('let the first one of a target decide alone, later ones only with the thresholds', async () => {
    const { runtime, changes, reasons, target, service } = openService({
      targets: ['a:1', 'b:1'],
      health: { check: CHECK },
    })
    let isGood = false
    runtime.answer = (address) => (address === 'a:1' && !isGood ? 'it answered 500' : 'good')
    await runtime.advance(0)
    expect(changes).toEqual(['a:1: healthy > unhealthy'])
    expect(reasons).toEqual(['its health check failed: it answered 500'])
    expect(target('a:1').isAvailable).toBe(false)
    isGood = true
    await runtime.advance(1_000)
    expect(changes).toHaveLength(1)
    await runtime.advance(1_000)
    expect(changes.at(-1)).toBe('a:1: unhealthy > healthy')
    expect(reasons.at(-1)).toBe('2 health checks in a row went well')
    isGood = false
    await runtime.advance(2_000)
    expect(target('a:1').state).toBe('healthy')
    await runtime.advance(1_000)
    expect(reasons.at(-1)).toBe('3 health checks in a row failed: it answered 500')
    expect(service.statistics).toMatchObject({ checks: 12, failedChecks: 4 })
  })

  test('count one that takes too long as failed, and give it up', async () => {
    const { runtime, reasons, target, service } = openService({ targets: ['a:1', 'b:1'], health: { check: CHECK } })
    await runtime.advance(0)
    await runtime.settle('b:1')
    await runtime.advance(300)
    expect(target('a:1').state).toBe('unhealthy')
    expect(reasons).toEqual(['its health check failed: no answer within 300 ms'])
    expect(runtime.probes[0]?.signal.aborted).toBe(true)
    runtime.probes[0]?.settle()
    await runtime.rest()
    expect(target('a:1').state).toBe('unhealthy')
    expect(service.statistics.checks).toBe(2)
  })

  test('are bounded, and those that wait have their turn', async () => {
    const { runtime } = openService({ targets: addresses(10), health: { check: CHECK, maxConcurrentChecks: 3 } })
    await runtime.advance(0)
    expect(runtime.probes).toHaveLength(3)
    await runtime.settle('t1:80')
    expect(runtime.probes.map(({ address }) => address)).toEqual(['t0:80', 't1:80', 't2:80', 't3:80'])
    await runtime.advance(300)
    expect(runtime.probes).toHaveLength(7)
  })

  test('begin for a target that comes later, and end for one that is taken out', async () => {
    const { runtime, service } = openService({ targets: ['a:1'], health: { check: CHECK } })
    await runtime.advance(0)
    service.set(['b:1'])
    await runtime.advance(0)
    expect(runtime.probes.map(({ address }) => address)).toEqual(['a:1', 'b:1'])
    expect(runtime.probes[0]?.signal.aborted).toBe(true)
    runtime.answer = () => 'good'
    await runtime.settle('b:1')
    await runtime.advance(5_000)
    expect(runtime.probes.filter(({ address }) => address === 'a:1')).toHaveLength(1)
  })

  test('take a probe that throws as failed', async () => {
    const runtime = new ManualRuntime()
    const { target, reasons } = openService({ targets: ['a:1'], health: { check: CHECK } }, runtime)
    runtime.probe = () => {
      throw new Error('no such thing')
    }
    await runtime.advance(0)
    expect(target('a:1').state).toBe('unhealthy')
    expect(reasons).toEqual(['its health check failed: no such thing'])
  })
})

describe('expectedStatuses', () => {
  test.each([
    [undefined, [200, 204, 301, 399], [199, 400, 500]],
    [
      [200, '404-410'],
      [200, 404, 410],
      [201, 403, 411],
    ],
  ])('%j', async (expectedStatuses, good, bad) => {
    const { runtime } = openService({ targets: ['a:1'], health: { check: { ...CHECK, expectedStatuses } } })
    await runtime.advance(0)
    const check = runtime.probes[0]?.check
    if (check?.type !== 'http') throw new Error('expected a check of http')
    expect(good.map((status) => check.isExpected(status))).toEqual(good.map(() => true))
    expect(bad.map((status) => check.isExpected(status))).toEqual(bad.map(() => false))
  })
})

describe('passive health', () => {
  const options = {
    targets: addresses(4),
    health: { passive: { maxFails: 3, failWindowMs: 1_000, statuses: [502] } },
  } satisfies ServiceOptions

  test('leaves a target alone for failWindowMs after maxFails failures within it', async () => {
    const { serve, target, runtime, reasons } = openService(options)
    serve('t0:80', FAILED)
    serve('t0:80', 502)
    serve('t0:80', 500)
    serve('t0:80', { kind: 'aborted', latencyMs: 1 })
    expect(target('t0:80').state).toBe('healthy')
    serve('t0:80', { kind: 'timeout', latencyMs: 1 })
    expect(target('t0:80').state).toBe('unhealthy')
    expect(reasons).toEqual(['3 requests failed within 1000 ms'])
    await runtime.advance(999)
    expect(target('t0:80').state).toBe('unhealthy')
    await runtime.advance(1)
    expect(target('t0:80').state).toBe('healthy')
  })

  test('forgets failures that are older than the window', async () => {
    const { serve, target, runtime } = openService(options)
    for (let i = 0; i < 2; i++) serve('t0:80', FAILED)
    await runtime.advance(1_001)
    for (let i = 0; i < 2; i++) serve('t0:80', FAILED)
    expect(target('t0:80').state).toBe('healthy')
  })

  test('does not remember anything of a target that was taken out meanwhile', async () => {
    const { serve, target, runtime, service, changes } = openService(options)
    // Under way, so that it is the same object when it comes back.
    service.begin(target('t0:80'))
    for (let i = 0; i < 3; i++) serve('t0:80', FAILED)
    service.set(addresses(4).slice(1))
    service.set(addresses(4))
    expect(target('t0:80').state).toBe('healthy')
    const before = changes.length
    await runtime.advance(5_000)
    expect(changes).toHaveLength(before)
  })
})

describe('panic', () => {
  const options = {
    targets: addresses(4),
    health: { passive: { maxFails: 1, failWindowMs: 1_000 }, panicThreshold: 0.5 },
  } satisfies ServiceOptions

  test('lets all take part while fewer than the threshold are healthy', async () => {
    const { service, serve, target, runtime } = openService(options)
    const picked = (): Set<string | undefined> => new Set(Array.from({ length: 40 }, () => service.pick()?.address))
    serve('t0:80', FAILED)
    serve('t1:80', FAILED)
    expect(service.isPanicking).toBe(false)
    expect(picked()).toEqual(new Set(['t2:80', 't3:80']))
    await runtime.advance(500)
    serve('t2:80', FAILED)
    expect(service.isPanicking).toBe(true)
    expect(target('t2:80')).toMatchObject({ state: 'unhealthy', isAvailable: true })
    expect(picked().size).toBe(4)
    await runtime.advance(500)
    expect(service.isPanicking).toBe(false)
    expect(picked()).toEqual(new Set(['t0:80', 't1:80', 't3:80']))
    expect(service.statistics.panics).toBe(1)
  })

  test('never happens with the threshold 0', () => {
    const { service, serve } = openService({ ...options, health: { ...options.health, panicThreshold: 0 } })
    for (const address of addresses(4)) serve(address, FAILED)
    expect(service.isPanicking).toBe(false)
    expect(service.pick()).toBeUndefined()
  })

  test('ends when healthy targets come in place of others', () => {
    const { service, serve } = openService(options)
    for (const address of addresses(4)) serve(address, FAILED)
    expect(service.isPanicking).toBe(true)
    service.set(['a:1', 'b:1', 't0:80'])
    expect(service.isPanicking).toBe(false)
    expect(new Set(Array.from({ length: 10 }, () => service.pick()?.address))).toEqual(new Set(['a:1', 'b:1']))
  })
})
