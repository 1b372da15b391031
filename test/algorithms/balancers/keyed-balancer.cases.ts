import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BalancedTarget, Balancer } from '../../../src/algorithms/balancers/balancer.ts'
import { Picker } from './picker.ts'
import { manyTargets, type TestedTarget, targetsOf } from './tested-target.ts'

const KEY_COUNT = 5_000

/** What balancers promise for which the key decides: part of `balancerCases`. */
export function keyedBalancerCases(title: string, create: () => Balancer): void {
  const createWith = (targets: readonly TestedTarget[], seed = 1): Picker => {
    const balancer = create()
    balancer.update(targets)
    return new Picker(balancer, seed)
  }

  describe(`${title} as a keyed balancer`, () => {
    test('gives a key the same target, whatever the chance and the order of the list', () => {
      const weights = fc.array(fc.constantFrom(0.5, 1, 2, 5), { minLength: 1, maxLength: 12 })
      fc.assert(
        fc.property(weights, fc.array(fc.nat(), { maxLength: 12 }), (list, numbers) => {
          const targets = targetsOf(list)
          const shuffled = targets
            .map((target, i) => ({ target, number: numbers[i] ?? 0 }))
            .sort((a, b) => a.number - b.number)
            .map(({ target }) => target)
          const [one, other] = [createWith(targets), createWith(shuffled, 2)]
          expect(other.targetsOfKeys(200)).toEqual(one.targetsOfKeys(200))
          expect(one.targetsOfKeys(200)).toEqual(one.targetsOfKeys(200))
        }),
        { numRuns: 30 },
      )
    })

    test('has no memory: however the list came about, keys are where a new balancer has them', () => {
      const some = fc.subarray(Array.from({ length: 12 }, (_, i) => i))
      fc.assert(
        fc.property(fc.array(some, { minLength: 1, maxLength: 5 }), (lists) => {
          const targets = targetsOf([1, 1, 1, 1, 2, 2, 2, 3, 3, 0.5, 0.5, 8])
          const picker = createWith(targets)
          picker.targetsOfKeys(100)
          let listed: TestedTarget[] = targets
          for (const list of lists) {
            listed = list.map((i) => targets[i] as TestedTarget)
            picker.balancer.update(listed)
            picker.targetsOfKeys(100)
          }
          expect(picker.targetsOfKeys(300)).toEqual(createWith(listed).targetsOfKeys(300))
        }),
        { numRuns: 30 },
      )
    })

    test.each([3, 10, 50, 200])(
      'moves few keys but those of the one of %i that leaves, and all of them back',
      (count) => {
        const targets = manyTargets(count)
        const picker = createWith(targets)
        const before = picker.targetsOfKeys(KEY_COUNT)
        for (const leaving of [targets[0], targets.at(-1), targets[count >> 1]]) {
          picker.balancer.update(targets.filter((target) => target !== leaving))
          const moved = movedFrom(before, picker.targetsOfKeys(KEY_COUNT))
          const own = before.filter((target) => target === leaving).length
          expect(moved.get(leaving)).toBe(own)
          expect(own).toBeLessThan((2 * KEY_COUNT) / count)
          const others = [...moved.values()].reduce((sum, each) => sum + each, 0) - own
          expect(others).toBeLessThan(0.015 * KEY_COUNT)
          picker.balancer.update(targets)
          expect(picker.targetsOfKeys(KEY_COUNT)).toEqual(before)
        }
      },
    )

    test('moves only the keys of a target that is not available, to all others, and back when it is', () => {
      const targets = manyTargets(10)
      const picker = createWith(targets)
      const before = picker.targetsOfKeys(KEY_COUNT)
      const [down] = targets as [TestedTarget]
      down.set(picker.balancer, { isUp: false })
      const meanwhile = picker.targetsOfKeys(KEY_COUNT)
      expect([...movedFrom(before, meanwhile).keys()]).toEqual([down])
      const homes = new Set(meanwhile.filter((_, i) => before[i] === down))
      expect(homes.size).toBe(9)
      down.set(picker.balancer, { isUp: true })
      expect(picker.targetsOfKeys(KEY_COUNT)).toEqual(before)
    })

    test('gives a key that avoids its target the same other one each time', () => {
      const targets = manyTargets(10)
      const picker = createWith(targets)
      const home = picker.pick({ key: 'a' })
      const isExcluded = (target: BalancedTarget): boolean => target === home
      const second = picker.pick({ key: 'a', isExcluded })
      expect(second).not.toBe(home)
      expect(picker.pick({ key: 'a', isExcluded })).toBe(second)
      expect(picker.pick({ key: 'a' })).toBe(home)
    })

    test('moves few keys of the others when one gets heavier', () => {
      const targets = manyTargets(10)
      const [first] = targets as [TestedTarget]
      const picker = createWith(targets)
      const before = picker.targetsOfKeys(KEY_COUNT)
      first.set(picker.balancer, { weight: 2 })
      picker.nowMs += 1_000
      const after = picker.targetsOfKeys(KEY_COUNT)
      const toOthers = after.filter((target, i) => target !== before[i] && target !== first).length
      expect(toOthers).toBeLessThan(0.03 * KEY_COUNT)
      expect(after.filter((target) => target === first).length).toBeGreaterThan(KEY_COUNT / 7)
    })
  })
}

/** How many keys left each target. */
function movedFrom(
  before: readonly (BalancedTarget | undefined)[],
  after: readonly (BalancedTarget | undefined)[],
): Map<BalancedTarget | undefined, number> {
  const moved = new Map<BalancedTarget | undefined, number>()
  for (const [i, target] of before.entries()) {
    if (after[i] !== target) moved.set(target, (moved.get(target) ?? 0) + 1)
  }
  return moved
}
