import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BalancedTarget, Balancer } from '../../../src/algorithms/balancers/balancer.ts'
import { keyedBalancerCases } from './keyed-balancer.cases.ts'
import { Picker } from './picker.ts'
import { manyTargets, TestedTarget, targetsOf } from './tested-target.ts'

const weight = fc.constantFrom(0, 0.001, 0.5, 1, 2, 7, 100)
const which = fc.nat(7)

/** What can happen to a balancer of eight targets. */
const step = fc.oneof(
  {
    arbitrary: fc.record({ kind: fc.constant('pick' as const), excluded: fc.array(which, { maxLength: 8 }) }),
    weight: 6,
  },
  fc.record({ kind: fc.constant('update' as const), list: fc.array(which, { maxLength: 10 }) }),
  fc.record({ kind: fc.constant('weight' as const), which, weight }),
  fc.record({ kind: fc.constant('up' as const), which, isUp: fc.boolean() }),
  fc.record({ kind: fc.constant('active' as const), which, active: fc.nat(50) }),
  fc.record({ kind: fc.constant('latency' as const), which, latencyMs: fc.nat(5_000) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(3_000) }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/**
 * What every balancer promises. One line in the test of each:
 * `balancerCases('RandomBalancer', () => new RandomBalancer())`. Keyed ones have some more to promise.
 */
export function balancerCases(title: string, create: () => Balancer): void {
  const createWith = (targets: readonly TestedTarget[]): Picker => {
    const balancer = create()
    balancer.update(targets)
    return new Picker(balancer)
  }

  // Keyed ones make a large table at first and anew after changes.
  const numRuns = create().isKeyed ? 20 : 100

  describe(`${title} as a balancer`, () => {
    test('picks nothing without targets', () => {
      const picker = new Picker(create())
      expect(picker.pick()).toBeUndefined()
      picker.balancer.update([])
      expect(picker.pick()).toBeUndefined()
      picker.balancer.update([new TestedTarget('a')])
      picker.balancer.update([])
      expect(picker.pick()).toBeUndefined()
    })

    test('picks every target of a weight above 0, the very object, and no other', () => {
      const named = ['a', '__proto__', 'b', 'constructor'].map((address) => new TestedTarget(address))
      const others = [0, -1, NaN].map((none) => new TestedTarget(`none ${none}`, none))
      const counts = createWith([...named, ...others]).count(400)
      expect(new Set(counts.keys())).toEqual(new Set(named))
      for (const target of named) expect(counts.get(target)).toBeGreaterThan(40)
    })

    test('copes with the largest and the smallest weights', () => {
      const [huge, tiny, infinite] = targetsOf([1e300, 1e-300, Infinity]) as [TestedTarget, TestedTarget, TestedTarget]
      expect(createWith([huge, tiny]).count(100).get(huge)).toBeGreaterThanOrEqual(99)
      expect(createWith([infinite, tiny]).count(100).get(infinite)).toBeGreaterThanOrEqual(99)
      expect(createWith([tiny]).pick()).toBe(tiny)
    })

    test('gives targets their share by weight', () => {
      const weights = [1, 2, 3, 4, 10]
      const targets = targetsOf(weights)
      const counts = createWith(targets).count(20_000)
      for (const target of targets) {
        const share = (counts.get(target) as number) / 20_000
        expect(share / (target.weight / 20)).toBeGreaterThan(0.8)
        expect(share / (target.weight / 20)).toBeLessThan(1.25)
      }
    })

    test('gives targets of any weights more, the heavier they are', () => {
      const weights = fc.array(fc.constantFrom(0.5, 1, 2, 4, 8), { minLength: 2, maxLength: 8 })
      fc.assert(
        fc.property(weights, fc.integer(), (list, seed) => {
          const targets = targetsOf(list)
          const balancer = create()
          balancer.update(targets)
          const counts = new Picker(balancer, seed).count(8_000)
          const total = list.reduce((sum, each) => sum + each, 0)
          for (const target of targets) {
            const exact = (8_000 * target.weight) / total
            expect(Math.abs((counts.get(target) ?? 0) - exact)).toBeLessThan(0.5 * exact + 30)
          }
        }),
        { numRuns: 20 },
      )
    })

    test('follows a weight that changes by itself within a second', () => {
      const targets = targetsOf([1, 1])
      const [first, second] = targets as [TestedTarget, TestedTarget]
      const picker = createWith(targets)
      picker.count(10)
      first.set(picker.balancer, { weight: 3 })
      picker.nowMs += 1_000
      const counts = picker.count(4_000)
      expect(counts.get(first)).toBeGreaterThan(2_700)
      expect(counts.get(second)).toBeGreaterThan(800)
      second.set(picker.balancer, { weight: 0 })
      expect(picker.count(100).get(first)).toBe(100)
    })

    test('gives nothing to a target that is not available, and its share when it is back', () => {
      const targets = manyTargets(4)
      const [first] = targets as [TestedTarget]
      const picker = createWith(targets)
      picker.count(100)
      first.set(picker.balancer, { isUp: false })
      const counts = picker.count(3_000)
      expect(counts.get(first)).toBeUndefined()
      for (const target of targets.slice(1)) expect(counts.get(target)).toBeGreaterThan(600)
      first.set(picker.balancer, { isUp: true })
      const back = picker.count(4_000)
      for (const target of targets) {
        expect(back.get(target)).toBeGreaterThan(700)
        expect(back.get(target)).toBeLessThan(1_400)
      }
    })

    test('picks nothing while no target is available', () => {
      const targets = manyTargets(3)
      const picker = createWith(targets)
      for (const target of targets) target.set(picker.balancer, { isUp: false })
      expect(picker.pick()).toBeUndefined()
      targets[1]?.set(picker.balancer, { isUp: true })
      expect(picker.pick()).toBe(targets[1])
    })

    test('never picks what is excluded, and the one that is not among 1,000', () => {
      const targets = manyTargets(1_000)
      const picker = createWith(targets)
      for (let i = 0; i < 20; i++) {
        const only = targets[i * 50]
        expect(picker.pick({ isExcluded: (target) => target !== only })).toBe(only)
      }
      expect(picker.pick({ isExcluded: () => true })).toBeUndefined()
      expect(picker.pick()).toBeDefined()
    })

    test('finds the one target that is available among 1,000', () => {
      const targets = manyTargets(1_000)
      const picker = createWith(targets)
      picker.pick()
      for (const target of targets) if (target !== targets[500]) target.set(picker.balancer, { isUp: false })
      for (let i = 0; i < 20; i++) expect(picker.pick()).toBe(targets[500])
    })

    test('gives the requests that avoid a target to all others', () => {
      const targets = manyTargets(10)
      const [first] = targets
      const counts = createWith(targets).count(5_000, { isExcluded: (target) => target === first })
      expect(counts.get(first)).toBeUndefined()
      for (const target of targets.slice(1)) expect(counts.get(target)).toBeGreaterThan(250)
    })

    test('looks at few of 1,000 targets for a pick, with a third down and three excluded as well', () => {
      const targets = manyTargets(1_000)
      const picker = createWith(targets)
      picker.count(100)
      const looksPerPick = (isExcluded?: (target: BalancedTarget) => boolean): number => {
        for (const target of targets) target.looks = 0
        for (let i = 0; i < 2_000; i++) {
          const target = picker.pick({ isExcluded }) as TestedTarget
          target.set(picker.balancer, { active: 1 - target.active })
        }
        return targets.reduce((sum, { looks }) => sum + looks, 0) / 2_000
      }
      expect(looksPerPick()).toBeLessThan(10)
      for (let i = 0; i < 1_000; i += 3) targets[i]?.set(picker.balancer, { isUp: false })
      expect(looksPerPick()).toBeLessThan(15)
      expect(
        looksPerPick((target) => target === targets[1] || target === targets[2] || target === targets[4]),
      ).toBeLessThan(20)
    })

    test('goes on as if nothing had happened when the same list is set again', () => {
      const weights = fc.array(fc.constantFrom(0.3, 1, 2, 3, 7), { minLength: 1, maxLength: 6 })
      fc.assert(
        fc.property(weights, fc.array(fc.boolean(), { maxLength: 60, size: 'max' }), (list, updates) => {
          const targets = targetsOf(list)
          const [plain, updated] = [createWith(targets), createWith(targets)]
          for (const isUpdate of updates) {
            if (isUpdate) updated.balancer.update([...targets])
            expect(updated.pick()).toBe(plain.pick())
          }
        }),
        { numRuns },
      )
    })

    test('ignores targets that it does not know, and takes one that is listed twice for one', () => {
      const targets = manyTargets(2)
      const [first, second] = targets as [TestedTarget, TestedTarget]
      const picker = createWith([first, second, first, first])
      new TestedTarget('unknown').set(picker.balancer, { weight: 5 })
      const counts = picker.count(2_000)
      expect(counts.get(first)).toBeLessThan(1_200)
      expect(counts.get(second)).toBeLessThan(1_200)
      picker.balancer.update([second])
      first.set(picker.balancer, { weight: 9 })
      expect(picker.count(10).get(second)).toBe(10)
    })

    test('needs no key', () => {
      const targets = manyTargets(4)
      const counts = createWith(targets).count(2_000, { key: undefined })
      for (const target of targets) expect(counts.get(target)).toBeGreaterThan(300)
    })

    test('keeps its promises in any order of calls', () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => void play(create(), steps)),
        { numRuns: 5 * numRuns },
      )
    })

    test('picks the same for the same calls and the same random numbers', () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
          expect(play(create(), steps)).toEqual(play(create(), steps))
        }),
        { numRuns },
      )
    })
  })

  if (create().isKeyed) keyedBalancerCases(title, create)
}

/** Checks each pick: given are only targets that may be, and one whenever there is one. Gives all that were picked. */
function play(balancer: Balancer, steps: readonly Step[]): (string | undefined)[] {
  const targets = manyTargets(8)
  const targetAt = (index: number): TestedTarget => targets[index] as TestedTarget
  const picker = new Picker(balancer)
  let listed = targets.slice(0, 3)
  balancer.update(listed)
  const picked: (string | undefined)[] = []
  for (const each of steps) {
    if (each.kind === 'update') {
      balancer.update((listed = each.list.map(targetAt)))
    } else if (each.kind === 'weight') {
      targetAt(each.which).set(balancer, { weight: each.weight })
    } else if (each.kind === 'up') {
      targetAt(each.which).set(balancer, { isUp: each.isUp })
    } else if (each.kind === 'active') {
      targetAt(each.which).set(balancer, { active: each.active })
    } else if (each.kind === 'latency') {
      targetAt(each.which).set(balancer, { latencyMs: each.latencyMs })
    } else if (each.kind === 'wait') {
      picker.nowMs += each.ms
    } else {
      const excluded = new Set<BalancedTarget>(each.excluded.map(targetAt))
      const target = picker.pick({ isExcluded: (other) => excluded.has(other) })
      const usable: BalancedTarget[] = listed.filter((other) => other.isUp && other.weight > 0 && !excluded.has(other))
      if (usable.length > 0) expect(usable).toContain(target)
      else expect(target).toBeUndefined()
      picked.push(target?.address)
    }
  }
  return picked
}
