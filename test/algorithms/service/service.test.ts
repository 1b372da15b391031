import { describe, expect, test } from 'vitest'
import { Service } from '../../../src/algorithms/service/service.ts'
import { addresses, openService } from './open-service.ts'

const GOOD = { kind: 'answered', status: 200, latencyMs: 5 } as const

describe('Service', () => {
  test('gives its targets in turn by weight, and counts what is under way', () => {
    const { service, target, serve } = openService({ targets: [{ address: 'a:1', weight: 2 }, 'b:1'] })
    const picked = Array.from({ length: 300 }, () => service.pick()?.address)
    expect(picked.filter((address) => address === 'a:1')).toHaveLength(200)
    service.begin(target('a:1'))
    expect(service.statistics).toMatchObject({ active: 1, requests: 1 })
    service.end(target('a:1'), GOOD)
    serve('b:1', 503)
    serve('b:1', { kind: 'aborted', latencyMs: 1 })
    expect(service.statistics).toMatchObject({ active: 0, requests: 3, failures: 1 })
    expect(target('b:1')).toMatchObject({ requests: 2, failures: 1, active: 0 })
  })

  test('keeps target objects that stay, takes over weights, and drains what is missing', () => {
    const { service, target, changes } = openService({ targets: ['a:1', 'b:1'] })
    const [a, b] = [target('a:1'), target('b:1')]
    service.begin(b)
    service.set([{ address: 'a:1', weight: 3, metadata: { zone: 'x' } }, 'c:1'])
    expect(target('a:1')).toBe(a)
    expect(a).toMatchObject({ weight: 3, metadata: { zone: 'x' } })
    expect(b).toMatchObject({ state: 'draining', isAvailable: false })
    expect(service.find('b:1')).toBeUndefined()
    expect(service.statistics.draining.map(({ address }) => address)).toEqual(['b:1'])
    expect(Array.from({ length: 20 }, () => service.pick()?.address)).not.toContain('b:1')
    service.end(b, GOOD)
    expect(service.statistics.draining).toEqual([])
    expect(changes).toEqual(['b:1: healthy > draining', 'c:1: added > healthy', 'b:1: draining > removed'])
  })

  test('removes a target at once that has nothing under way', () => {
    const { service, changes } = openService({ targets: ['a:1', 'b:1'] })
    service.set(['a:1'])
    expect(changes).toEqual(['b:1: healthy > draining', 'b:1: draining > removed'])
    expect(service.statistics.draining).toEqual([])
  })

  test('gives up a draining target after drainTimeoutMs, and its late end harms nothing', async () => {
    const { service, target, changes, runtime } = openService({ targets: ['a:1', 'b:1'], drainTimeoutMs: 500 })
    const b = target('b:1')
    service.begin(b)
    service.set(['a:1'])
    await runtime.advance(499)
    expect(changes).toEqual(['b:1: healthy > draining'])
    await runtime.advance(1)
    expect(changes.at(-1)).toBe('b:1: draining > removed')
    service.end(b, GOOD)
    expect(service.statistics).toMatchObject({ active: 0, draining: [] })
    expect(changes).toHaveLength(2)
  })

  test('takes a draining target back as the same object', async () => {
    const { service, target, changes, runtime } = openService({ targets: ['a:1', 'b:1'], drainTimeoutMs: 500 })
    const b = target('b:1')
    service.begin(b)
    service.set(['a:1'])
    service.set(['a:1', 'b:1'])
    expect(target('b:1')).toBe(b)
    expect(b).toMatchObject({ state: 'healthy', active: 1 })
    await runtime.advance(1_000)
    expect(changes).toEqual(['b:1: healthy > draining', 'b:1: draining > healthy'])
    expect(runtime.clock.timerCount).toBe(0)
  })

  test('lets the weight of those that come later grow over slowStartMs, and not of the first ones', async () => {
    const { service, target, runtime } = openService({ targets: ['a:1'], slowStartMs: 1_000 })
    expect(target('a:1').weight).toBe(1)
    service.set(['a:1', { address: 'b:1', weight: 4 }])
    const b = target('b:1')
    const seen = [b.weight]
    for (let i = 0; i < 10; i++) {
      await runtime.advance(100)
      seen.push(b.weight)
    }
    expect(seen[0]).toBeCloseTo(0.4)
    expect(seen[5]).toBeCloseTo(2)
    expect(seen[10]).toBe(4)
    expect(seen).toEqual([...seen].sort((x, y) => x - y))
    expect(runtime.clock.timerCount).toBe(0)
  })

  test('begins a slow start anew for a target that was ejected and comes back', async () => {
    const { target, serve, runtime } = openService({
      targets: addresses(4),
      slowStartMs: 1_000,
      outlier: { consecutiveFailures: 1, baseEjectionMs: 100 },
    })
    serve('t0:80', 500)
    expect(target('t0:80')).toMatchObject({ state: 'ejected', weight: 1 })
    await runtime.advance(100)
    expect(target('t0:80')).toMatchObject({ state: 'healthy', weight: 0.1 })
    await runtime.advance(1_000)
    expect(target('t0:80').weight).toBe(1)
  })

  test('prefers targets that have room, and lets requests wait at the least loaded one when none has', () => {
    const { service, target } = openService({ targets: ['a:1', 'b:1'], limits: { maxConnectionsPerTarget: 2 } })
    service.begin(target('a:1'))
    service.begin(target('a:1'))
    expect(target('a:1')).toMatchObject({ isAvailable: false, isServing: true, state: 'healthy' })
    expect([service.pick()?.address, service.pick()?.address]).toEqual(['b:1', 'b:1'])
    for (let i = 0; i < 3; i++) service.begin(target('b:1'))
    expect(service.statistics.pending).toBe(1)
    expect(service.pick()).toBe(target('a:1'))
    expect(service.pick({ excluded: new Set([target('a:1')]) })).toBe(target('b:1'))
    service.end(target('b:1'), GOOD)
    expect(service.statistics.pending).toBe(0)
  })

  test('refuses requests beyond maxPending with QUEUE_FULL', () => {
    const { service, target } = openService({
      targets: ['a:1'],
      limits: { maxConnectionsPerTarget: 1, maxPending: 1 },
    })
    service.begin(target('a:1'))
    expect(service.admit()).toBeUndefined()
    service.begin(target('a:1'))
    expect(service.admit()).toMatchObject({ code: 'QUEUE_FULL', status: 503 })
    expect(service.admit()?.message).toMatch(/^Cannot send another request to service "service": 1 requests wait/)
    expect(service.pick()).toBeUndefined()
    service.end(target('a:1'), GOOD)
    expect(service.admit()).toBeUndefined()
    expect(service.statistics.refusedRequests).toBe(2)
  })

  test('refuses requests beyond maxConcurrentRequests', () => {
    const { service, target } = openService({ name: 'api', targets: ['a:1'], limits: { maxConcurrentRequests: 2 } })
    service.begin(target('a:1'))
    expect(service.admit()).toBeUndefined()
    service.begin(target('a:1'))
    expect(service.admit()?.message).toBe(
      'Cannot send another request to service "api": 2 requests are under way, as many as limits.maxConcurrentRequests allows',
    )
  })

  test('follows latency: up at once, down slowly, and a failure that comes fast makes nobody faster', async () => {
    const { target, serve, runtime } = openService({ targets: ['a:1'] })
    const a = target('a:1')
    expect(a.latencyMs).toBe(0)
    serve('a:1', { kind: 'answered', status: 200, latencyMs: 10 })
    serve('a:1', { kind: 'answered', status: 200, latencyMs: 100 })
    expect(a.latencyMs).toBe(100)
    serve('a:1', { kind: 'connect-failed', latencyMs: 1 })
    expect(a.latencyMs).toBe(100)
    await runtime.advance(10_000)
    serve('a:1', { kind: 'answered', status: 200, latencyMs: 10 })
    expect(a.latencyMs).toBeCloseTo(10 + 90 / Math.E)
    serve('a:1', { kind: 'timeout', latencyMs: 2_000 })
    expect(a.latencyMs).toBe(2_000)
  })

  test('tells listeners in order, and one that throws harms nobody', () => {
    const told: string[] = []
    const { service, serve, runtime } = openService({
      targets: addresses(4),
      outlier: { consecutiveFailures: 1 },
      onTargetState: ({ target, to }) => {
        told.push(`${target.address} ${to}`)
        throw new Error('no')
      },
    })
    const leave = service.subscribe(async ({ to }) => {
      throw new Error(`async ${to}`)
    })
    serve('t1:80', 500)
    leave()
    serve('t2:80', 500)
    expect(told.slice(4)).toEqual(['t1:80 ejected', 't2:80 ejected'])
    expect(service.find('t1:80')?.state).toBe('ejected')
    expect(runtime.warnings).toContain('Cannot tell a listener of service "service" about "t1:80": it threw')
    expect(service.statistics.listenerErrors).toBeGreaterThanOrEqual(6)
  })

  test('lets a listener change the targets, and tells of that afterwards', () => {
    const { service, serve, changes } = openService({ targets: addresses(4), outlier: { consecutiveFailures: 1 } })
    service.subscribe(({ to }) => {
      if (to === 'ejected') service.set(addresses(3))
    })
    serve('t3:80', 500)
    expect(changes).toEqual(['t3:80: healthy > ejected', 't3:80: ejected > draining', 't3:80: draining > removed'])
    expect(service.targets).toHaveLength(3)
  })

  test('works without a runtime, and stands still', () => {
    const service = new Service({ targets: addresses(3), balancer: 'power-of-two', slowStartMs: 10 })
    service.set(addresses(4))
    expect(service.find('t3:80')?.weight).toBe(0.1)
    const picked = new Set(Array.from({ length: 200 }, () => service.pick()?.address))
    expect(picked.size).toBe(4)
    expect(service.mayRetry()).toBe(true)
  })

  test('does what became due while nobody used it at the next pick', async () => {
    const { service, serve, target, runtime, detach } = openService({
      targets: addresses(4),
      outlier: { consecutiveFailures: 1, baseEjectionMs: 100 },
    })
    serve('t0:80', 500)
    detach()
    detach()
    expect(runtime.clock.timerCount).toBe(0)
    runtime.clock.skipTo(1_000)
    expect(target('t0:80').state).toBe('ejected')
    service.attach(runtime)
    service.pick()
    expect(target('t0:80').state).toBe('healthy')
  })

  test('uses the runtime that came last, and the one before it when that is gone', async () => {
    const { service, runtime, detach } = openService({ targets: ['a:1'], health: { check: { type: 'tcp' } } })
    await runtime.advance(0)
    expect(runtime.probes).toHaveLength(1)
    const { runtime: other } = openService({ targets: [] })
    const leave = service.attach(other)
    expect(runtime.probes[0]?.signal.aborted).toBe(true)
    await other.advance(0)
    expect(other.probes).toHaveLength(1)
    leave()
    await runtime.advance(0)
    expect(runtime.probes).toHaveLength(2)
    detach()
    expect([runtime.clock.timerCount, other.clock.timerCount]).toEqual([0, 0])
  })

  test('has statistics that are plain data', () => {
    const { service, serve } = openService({ name: 'api', targets: ['a:1'], balancer: 'least-time' })
    serve('a:1', 200)
    const { statistics } = service
    expect(JSON.parse(JSON.stringify(statistics))).toEqual(statistics)
    expect(statistics).toMatchObject({ name: 'api', balancer: 'least-time', isPanicking: false })
    expect(statistics.targets[0]).toMatchObject({ address: 'a:1', state: 'healthy', requests: 1, latencyMs: 1 })
  })
})
