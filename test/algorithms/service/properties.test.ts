import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BALANCER_NAMES } from '../../../src/algorithms/balancers/create-balancer.ts'
import type { Outcome } from '../../../src/algorithms/service/outcome.ts'
import type { Target } from '../../../src/algorithms/service/target.ts'
import { ManualRuntime } from './manual-runtime.ts'
import { addresses, type OpenedService, openService } from './open-service.ts'

type Step =
  | { readonly do: 'pick' | 'end'; readonly outcome: Outcome }
  | { readonly do: 'advance'; readonly timeMs: number }
  | { readonly do: 'set'; readonly indexes: readonly number[]; readonly priorities: readonly number[] }
  | { readonly do: 'sicken'; readonly index: number; readonly isSick: boolean }

const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record({
    kind: fc.constant('answered' as const),
    status: fc.constantFrom(200, 404, 500, 503),
    latencyMs: fc.nat(50),
  }),
  fc.record({
    kind: fc.constantFrom('connect-failed' as const, 'reset' as const, 'timeout' as const, 'aborted' as const),
    latencyMs: fc.nat(50),
  }),
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('pick' as const, 'end' as const), outcome }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('advance' as const), timeMs: fc.nat(400) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('set' as const),
      indexes: fc.uniqueArray(fc.nat(9)),
      // What is left out is 0.
      priorities: fc.array(fc.nat(2), { maxLength: 9 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sicken' as const), index: fc.nat(9), isSick: fc.boolean() }) },
)

/** Where each state may lead. */
const NEXT: Readonly<Record<string, readonly string[]>> = {
  added: ['healthy'],
  healthy: ['unhealthy', 'ejected', 'draining'],
  unhealthy: ['healthy', 'ejected', 'draining'],
  ejected: ['healthy', 'unhealthy', 'draining'],
  draining: ['healthy', 'removed'],
}

class World {
  readonly opened: OpenedService
  readonly runtime = new ManualRuntime()
  readonly states = new Map<Target, string>()
  readonly sick = new Set<string>()
  readonly running: Target[] = []
  readonly #maxShare: number
  readonly #panicThreshold: number

  constructor(
    balancer: (typeof BALANCER_NAMES)[number],
    maxEjectedShare: number,
    panicThreshold: number,
    priorities: readonly number[],
  ) {
    this.#maxShare = maxEjectedShare
    this.#panicThreshold = panicThreshold
    this.runtime.answer = (address) => (this.sick.has(address) ? 'it is sick' : 'good')
    const check = { type: 'tcp', intervalMs: 100, unhealthyThreshold: 2 } as const
    this.opened = openService(
      {
        targets: addresses(6).map((address, i) => ({ address, priority: priorities[i] })),
        balancer,
        health: { check, passive: { maxFails: 4, failWindowMs: 300 }, panicThreshold, maxConcurrentChecks: 2 },
        outlier: {
          consecutiveFailures: 2,
          intervalMs: 200,
          baseEjectionMs: 150,
          maxEjectedShare,
          successRate: { minRequests: 2, minTargets: 3 },
        },
        limits: { maxConnectionsPerTarget: 2 },
        slowStartMs: 200,
        drainTimeoutMs: 250,
        onTargetState: ({ target, from, to }) => {
          expect(NEXT[from]).toContain(to)
          expect(from).toBe(this.states.get(target) ?? 'added')
          if (to === 'removed') this.states.delete(target)
          else this.states.set(target, to)
        },
      },
      this.runtime,
    )
  }

  async take(step: Step): Promise<void> {
    const { service } = this.opened
    if (step.do === 'set') {
      service.set(step.indexes.map((i, at) => ({ address: `t${i}:80`, priority: step.priorities[at] })))
    } else if (step.do === 'sicken') this.sick[step.isSick ? 'add' : 'delete'](`t${step.index}:80`)
    else if (step.do === 'advance') await this.runtime.advance(step.timeMs)
    else if (step.do === 'end') {
      const target = this.running.shift()
      if (target !== undefined) service.end(target, step.outcome)
    } else this.#pick()
    this.#check()
  }

  #pick(): void {
    const { service } = this.opened
    const target = service.pick({ key: 'k' })
    if (target === undefined) {
      expect(service.targets.filter(({ isServing, weight }) => isServing && weight > 0)).toEqual([])
      return
    }
    expect(target.isServing).toBe(true)
    if (target.isFull) expect(service.targets.filter(({ isAvailable }) => isAvailable)).toEqual([])
    const isPossible = (one: Target): boolean => (target.isFull ? one.isServing : one.isAvailable)
    expect(target.priority).toBe(this.#order().find((list) => list.some(isPossible))?.[0]?.priority)
    expect(service.find(target.address)).toBe(target)
    service.begin(target)
    this.running.push(target)
  }

  /** The targets by priority, in the order in which they are to be asked. */
  #order(): Target[][] {
    const { targets } = this.opened.service
    const lists = [0, 1, 2].map((priority) => targets.filter((target) => target.priority === priority))
    const healthy = (list: Target[]): number => list.filter(({ state }) => state === 'healthy').length
    const isWell = (list: Target[]): boolean => healthy(list) >= this.#panicThreshold * list.length
    const filled = lists.filter(({ length }) => length > 0)
    const well = filled.filter(isWell)
    const first = well.length > 0 ? well : filled.filter((list) => healthy(list) > 0).slice(0, 1)
    return [...first, ...filled.filter((list) => !first.includes(list))]
  }

  #check(): void {
    const { service } = this.opened
    const { targets, statistics } = service
    for (const list of this.#order()) {
      const ejected = list.filter(({ isEjected }) => isEjected).length
      expect(ejected).toBeLessThanOrEqual(this.#maxShare * list.length + 1e-9)
      expect(list[0]?.level).toMatchObject({
        ejected,
        available: list.filter(({ isAvailable }) => isAvailable).length,
        healthy: list.filter(({ state }) => state === 'healthy').length,
      })
    }
    for (const target of targets) {
      expect(this.states.get(target)).toBe(target.state)
      expect(target.active).toBe(this.running.filter((one) => one === target).length)
      expect(target.weight).toBeGreaterThanOrEqual(0.1)
      expect(target.weight).toBeLessThanOrEqual(1)
      if (!target.level.isPanicking) expect(target.isServing).toBe(target.state === 'healthy')
    }
    expect(statistics.active).toBe(this.running.length)
    // What the listener above found wrong.
    expect(statistics.listenerErrors).toBe(0)
    expect(this.runtime.warnings).toEqual([])
    expect(statistics.pending).toBeGreaterThanOrEqual(0)
    expect(statistics.draining.length + targets.length).toBe(this.states.size)
  }
}

test('whatever happens, the states are legal, no more than maxEjectedShare is ejected, and only serving targets are picked', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...BALANCER_NAMES),
      fc.constantFrom(0.1, 0.2, 0.34, 0.5, 1),
      fc.constantFrom(0, 0.25, 0.5, 0.9),
      fc.array(fc.nat(2), { maxLength: 6 }),
      fc.array(step, { minLength: 20, maxLength: 120 }),
      async (balancer, share, panicThreshold, priorities, steps) => {
        const world = new World(balancer, share, panicThreshold, priorities)
        for (const one of steps) await world.take(one)
        // All is over in the end: nothing is left behind.
        for (const target of world.running.splice(0)) {
          world.opened.service.end(target, { kind: 'answered', status: 200, latencyMs: 1 })
        }
        world.opened.service.set([])
        world.opened.detach()
        expect(world.states.size).toBe(0)
        expect(world.opened.service.statistics).toMatchObject({ active: 0, pending: 0, targets: [], draining: [] })
        expect(world.runtime.clock.timerCount).toBe(0)
      },
    ),
    { numRuns: 60, seed: 6 },
  )
}, 30_000)
