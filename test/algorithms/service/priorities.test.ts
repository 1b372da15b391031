import { describe, expect, test } from 'vitest'
import type { BalancedTarget, Balancer, PickOptions } from '../../../src/algorithms/balancers/balancer.ts'
import { BALANCER_NAMES } from '../../../src/algorithms/balancers/create-balancer.ts'
import { RoundRobinBalancer } from '../../../src/algorithms/balancers/round-robin-balancer.ts'
import { Service } from '../../../src/algorithms/service/service.ts'
import type { ServiceOptions } from '../../../src/algorithms/service/service-options.ts'
import type { Target } from '../../../src/algorithms/service/target.ts'
import { type OpenedService, openService } from './open-service.ts'

const FAILED = { kind: 'connect-failed', latencyMs: 1 } as const
const GOOD = { kind: 'answered', status: 200, latencyMs: 1 } as const
/** A target that fails once is unhealthy for a second. */
const HEALTH = { passive: { maxFails: 1, failWindowMs: 1_000 } } as const

/** `a0` and `a1` of priority 0, `b0` of 1. */
function level(name: string, count: number, priority: number): { address: string; priority: number }[] {
  return Array.from({ length: count }, (_, i) => ({ address: `${name}${i}:1`, priority }))
}

function open(options: Partial<ServiceOptions> = {}): OpenedService {
  return openService({ targets: [...level('b', 2, 1), ...level('a', 2, 0)], health: HEALTH, ...options })
}

/** Who gets some requests, each with a key of its own. */
function picked({ service }: OpenedService, count = 100): string[] {
  const seen = new Set<string>()
  for (let i = 0; i < count; i++) seen.add(service.pick({ key: `key ${i}` })?.address ?? 'nobody')
  return [...seen].sort()
}

describe('priorities', () => {
  test.each(BALANCER_NAMES)(
    '%s: backups get requests while no other target is well, and not longer',
    async (balancer) => {
      const opened = open({ balancer, targets: [...level('c', 2, 30), ...level('b', 2, 20), ...level('a', 2, 7)] })
      const { serve, runtime, service } = opened
      expect(picked(opened)).toEqual(['a0:1', 'a1:1'])
      serve('a0:1', FAILED)
      expect(picked(opened)).toEqual(['a1:1'])
      await runtime.advance(100)
      serve('a1:1', FAILED)
      expect(picked(opened)).toEqual(['b0:1', 'b1:1'])
      expect(service.statistics).toMatchObject({ activePriority: 20, isPanicking: false })
      for (const address of ['b0:1', 'b1:1']) serve(address, FAILED)
      expect(picked(opened)).toEqual(['c0:1', 'c1:1'])
      await runtime.advance(900)
      expect(picked(opened)).toEqual(['a0:1'])
      expect(service.statistics).toMatchObject({ activePriority: 7, panics: 0 })
    },
  )

  test('are balanced each by its own weights', () => {
    const targets = [
      { address: 'a:1', weight: 3 },
      'b:1',
      { address: 'c:1', weight: 1, priority: 1 },
      { address: 'd:1', weight: 4, priority: 1 },
    ]
    const { service, serve } = open({ targets })
    const shares = (): Record<string, number> => {
      const counts: Record<string, number> = {}
      for (let i = 0; i < 100; i++) {
        const address = service.pick()?.address ?? 'nobody'
        counts[address] = (counts[address] ?? 0) + 1
      }
      return counts
    }
    expect(shares()).toEqual({ 'a:1': 75, 'b:1': 25 })
    for (const address of ['a:1', 'b:1']) serve(address, FAILED)
    expect(shares()).toEqual({ 'c:1': 20, 'd:1': 80 })
  })

  test('let backups take what is too much for the others, and requests wait at the lowest one when all are full', () => {
    const opened = open({ targets: [...level('a', 1, 0), ...level('b', 1, 1)], limits: { maxConnectionsPerTarget: 2 } })
    const { service, target } = opened
    const given: string[] = []
    for (let i = 0; i < 6; i++) {
      const one = service.pick() as Target
      service.begin(one)
      given.push(one.address)
    }
    expect(given).toEqual(['a0:1', 'a0:1', 'b0:1', 'b0:1', 'a0:1', 'a0:1'])
    expect(service.statistics).toMatchObject({ activePriority: undefined, pending: 2 })
    service.end(target('b0:1'), GOOD)
    expect(service.pick()?.address).toBe('b0:1')
    for (let i = 0; i < 2; i++) service.end(target('a0:1'), GOOD)
    expect(service.pick()?.address).toBe('b0:1')
    service.end(target('a0:1'), GOOD)
    expect(service.pick()?.address).toBe('a0:1')
    // One that is full and fails has no room when it ends, and some when it is well again.
    service.begin(target('a0:1'))
    service.end(target('a0:1'), FAILED)
    expect(picked(opened)).toEqual(['b0:1'])
  })

  test('let a retry try all targets of one before it tries the next', () => {
    const { service } = open({ targets: [...level('c', 1, 2), ...level('b', 2, 1), ...level('a', 3, 0)] })
    const tried = new Set<Target>()
    for (let target = service.pick(); target !== undefined; target = service.pick({ excluded: tried }))
      tried.add(target)
    expect([...tried].map(({ priority }) => priority)).toEqual([0, 0, 0, 1, 1, 2])
  })

  test('pass over targets of weight 0, those that are ejected, and those that were taken out', async () => {
    const outlier = { consecutiveFailures: 1, baseEjectionMs: 100, maxEjectedShare: 1 }
    const opened = open({ targets: [{ address: 'z:1', weight: 0 }, ...level('a', 1, 1), ...level('b', 1, 2)], outlier })
    const { service, serve, runtime } = opened
    expect(picked(opened)).toEqual(['a0:1'])
    serve('a0:1', 500)
    expect(picked(opened)).toEqual(['b0:1'])
    await runtime.advance(100)
    expect(picked(opened)).toEqual(['a0:1'])
    service.begin(service.find('a0:1') as Target)
    service.set([{ address: 'z:1', weight: 0 }, ...level('b', 1, 2)])
    expect(picked(opened)).toEqual(['b0:1'])
  })

  test('give a target of another priority its new place, and it stays the same object', () => {
    const opened = open()
    const { service, target } = opened
    const a0 = target('a0:1')
    service.begin(a0)
    service.set([...level('b', 2, 0), ...level('a', 2, 1)])
    expect(target('a0:1')).toBe(a0)
    expect(a0).toMatchObject({ priority: 1, active: 1, statistics: { priority: 1 } })
    expect(picked(opened)).toEqual(['b0:1', 'b1:1'])
    service.end(a0, GOOD)
    service.set(['a0:1', 'b1:1'])
    expect(picked(opened)).toEqual(['a0:1', 'b1:1'])
    service.set([])
    expect(service.pick()).toBeUndefined()
    expect(service.statistics.activePriority).toBeUndefined()
    service.set(level('b', 1, 4))
    expect(picked(opened)).toEqual(['b0:1'])
  })

  test('keep keys at their targets, with backups as before when the others are back', async () => {
    const opened = open({ balancer: 'rendezvous', targets: [...level('a', 3, 0), ...level('b', 3, 1)] })
    const { service, serve, runtime } = opened
    const places = (from: Service): (string | undefined)[] =>
      Array.from({ length: 50 }, (_, i) => from.pick({ key: `key ${i}` })?.address)
    const before = places(service)
    for (const { address } of level('a', 3, 0)) serve(address, FAILED)
    // As another process places them that knows the backups only.
    expect(places(service)).toEqual(places(new Service({ targets: level('b', 3, 0), balancer: 'rendezvous' })))
    await runtime.advance(1_000)
    expect(places(service)).toEqual(before)
  })

  test('ask no balancer whose targets are all away', () => {
    const asked: string[] = []
    class Watched extends RoundRobinBalancer {
      override pick(options: PickOptions): BalancedTarget | undefined {
        const target = super.pick(options)
        asked.push(target?.address ?? 'nobody')
        return target
      }
    }
    // Without panic the first ones are those that are asked first.
    const { service, serve } = open({ balancer: () => new Watched(), health: { ...HEALTH, panicThreshold: 0 } })
    for (const address of ['a0:1', 'a1:1']) serve(address, FAILED)
    for (let i = 0; i < 4; i++) service.pick()
    expect(asked).toEqual(['b0:1', 'b1:1', 'b0:1', 'b1:1'])
  })
})

describe('panic with priorities', () => {
  /** `sick` of 8 targets of priority 0 and of 8 of priority 1 are unhealthy. */
  function withSick(ofFirst: number, ofSecond: number, panicThreshold?: number): OpenedService {
    const targets = [...level('a', 8, 0), ...level('b', 8, 1)]
    const opened = open({ targets, health: { ...HEALTH, panicThreshold } })
    for (const { address } of [...level('a', ofFirst, 0), ...level('b', ofSecond, 1)]) opened.serve(address, FAILED)
    return opened
  }

  test.each([
    { what: 'uses the first ones while enough of them are healthy', first: 6, second: 8, gets: ['a6:1', 'a7:1'] },
    { what: 'passes them over when there are too few', first: 7, second: 6, gets: ['b6:1', 'b7:1'] },
    { what: 'lets all of the first take part when nowhere are enough', first: 7, second: 7, panics: 'a' },
    { what: 'lets all of the backups take part when only of them one is healthy', first: 8, second: 7, panics: 'b' },
    { what: 'lets all of the first take part when nobody is healthy', first: 8, second: 8, panics: 'a' },
    { what: 'never comes with the threshold 0', threshold: 0, first: 7, second: 0, gets: ['a7:1'] },
    { what: 'gives nobody with the threshold 0', threshold: 0, first: 8, second: 8, gets: ['nobody'] },
  ])('$what', ({ first, second, threshold, gets, panics }) => {
    const opened = withSick(first, second, threshold)
    expect(picked(opened)).toEqual(gets ?? level(panics as string, 8, 0).map(({ address }) => address))
    expect(opened.service.isPanicking).toBe(panics !== undefined)
    expect(opened.service.statistics.panics).toBe(panics === undefined ? 0 : 1)
  })

  test('uses the few that are healthy after all when all others are excluded', () => {
    const { service } = withSick(7, 0)
    const backups = new Set(service.targets.filter(({ priority }) => priority === 1))
    expect(service.pick({ excluded: backups })?.address).toBe('a7:1')
  })

  test('ends when a target is well again, there or elsewhere', async () => {
    const opened = open({ targets: [...level('a', 2, 0), ...level('b', 2, 1)] })
    const { service, serve, runtime } = opened
    for (const address of ['b0:1', 'b1:1']) serve(address, FAILED)
    await runtime.advance(500)
    for (const address of ['a0:1', 'a1:1']) serve(address, FAILED)
    expect(picked(opened)).toEqual(['a0:1', 'a1:1'])
    await runtime.advance(500)
    expect(picked(opened)).toEqual(['b0:1', 'b1:1'])
    expect(service.isPanicking).toBe(false)
    await runtime.advance(500)
    expect(picked(opened)).toEqual(['a0:1', 'a1:1'])
    expect(service.statistics.panics).toBe(1)
  })
})

describe('ejection with priorities', () => {
  const ejected = ({ service }: OpenedService): string[] =>
    service.targets.filter(({ isEjected }) => isEjected).map(({ address }) => address)

  test('takes no more than the share of the targets of each', () => {
    const opened = open({
      targets: [...level('a', 4, 0), ...level('b', 2, 1), ...level('c', 1, 2)],
      outlier: { consecutiveFailures: 1, maxEjectedShare: 0.5 },
      health: {},
    })
    for (const { address } of opened.service.targets) opened.serve(address, 500)
    expect(ejected(opened)).toEqual(['a0:1', 'a1:1', 'b0:1'])
    expect(opened.service.statistics.ejections).toBe(3)
  })

  test('lets come back whoever is too many where it is now', () => {
    const outlier = { consecutiveFailures: 1, maxEjectedShare: 0.5 }
    const opened = open({ targets: [...level('a', 4, 0), ...level('b', 2, 1)], outlier, health: {} })
    const { service, serve } = opened
    for (const address of ['a0:1', 'a1:1', 'b0:1']) serve(address, 500)
    service.set([
      { address: 'a0:1', priority: 1 },
      { address: 'a1:1', priority: 0 },
      { address: 'a2:1', priority: 0 },
      { address: 'b0:1', priority: 1 },
      { address: 'b1:1', priority: 1 },
    ])
    expect(ejected(opened)).toEqual(['a1:1', 'b0:1'])
    // There is no room for another one, and there is when the priority has more targets.
    serve('a2:1', 500)
    expect(ejected(opened)).toEqual(['a1:1', 'b0:1'])
    service.set([...level('a', 4, 0), ...level('b', 2, 1)])
    serve('a2:1', 500)
    expect(ejected(opened)).toEqual(['a1:1', 'a2:1', 'b0:1'])
  })

  test('compares success rates with those of the same priority', async () => {
    const opened = open({
      targets: [...level('a', 6, 0), ...level('b', 6, 1)],
      outlier: { consecutiveFailures: 0, intervalMs: 1_000, successRate: { minRequests: 10 } },
      health: {},
    })
    for (const { address, priority } of opened.service.targets) {
      // The backups are worse, all of them alike but for one that is worse still.
      const failures = address === 'b5:1' ? 8 : priority === 0 ? 0 : 4
      for (let i = 0; i < 10; i++) opened.serve(address, i < failures ? 500 : 200)
    }
    await opened.runtime.advance(1_000)
    expect(ejected(opened)).toEqual(['b5:1'])
  })
})

describe('a balancer of the user', () => {
  const refused = expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as unknown

  test('that is an object serves targets of one priority, whichever it is, and is refused with more', () => {
    const balancer = new RoundRobinBalancer()
    const opened = open({ balancer, targets: level('a', 2, 3) })
    const { service } = opened
    expect(service.pick()?.address).toBe('a0:1')
    // Another priority: whose turn it is has not changed.
    service.set(level('a', 2, 5))
    expect(service.pick()?.address).toBe('a1:1')
    expect(() => service.set([...level('a', 2, 5), ...level('b', 1, 6)])).toThrow(refused)
    expect(() => service.set([...level('a', 2, 5), ...level('b', 1, 6)])).toThrow(
      'Cannot balance service "service": balancer is an object ("round-robin"), which cannot choose among targets of several priorities: expected its name, or a function that makes one',
    )
    expect(picked(opened)).toEqual(['a0:1', 'a1:1'])
    expect(service.targets.map(({ priority }) => priority)).toEqual([5, 5])
    expect(() => open({ balancer: new RoundRobinBalancer() })).toThrow(refused)
  })

  test('that is made by a function is made once for each priority', () => {
    const made: Balancer[] = []
    const balancer = (): Balancer => {
      made.push(new RoundRobinBalancer())
      return made.at(-1) as Balancer
    }
    const { service, serve } = open({ balancer })
    for (const address of ['a0:1', 'a1:1']) serve(address, FAILED)
    expect(service.pick()?.address).toBe('b0:1')
    service.set([...level('a', 2, 0), ...level('c', 2, 9)])
    expect(made).toHaveLength(2)
    expect(service.statistics.balancer).toBe('round-robin')
  })

  test('is refused when the function gives the same one again, or none', () => {
    const one = new RoundRobinBalancer()
    expect(() => open({ balancer: () => one })).toThrow(/gives the same object twice .* expected a new one each time$/)
    expect(() => open({ balancer: () => 'maglev' as unknown as Balancer })).toThrow(
      'Cannot balance service "service": balancer gives "maglev", expected a Balancer',
    )
    expect(() => open({ balancer: () => undefined as unknown as Balancer })).toThrow(refused)
  })
})
