import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RendezvousBalancer } from '../../../src/algorithms/balancers/rendezvous-balancer.ts'
import { balancerCases } from './balancer.cases.ts'
import { Picker } from './picker.ts'
import { type TestedTarget, targetsOf } from './tested-target.ts'

balancerCases('RendezvousBalancer', () => new RendezvousBalancer())

describe('RendezvousBalancer', () => {
  test('moves the keys of those that leave and no others, and those to newcomers and no others', () => {
    const targets = targetsOf(Array.from({ length: 40 }, (_, i) => 1 + (i % 3)))
    const some = fc.subarray(targets)
    fc.assert(
      fc.property(some, some, (one, other) => {
        const balancer = new RendezvousBalancer()
        const picker = new Picker(balancer)
        balancer.update(one)
        const before = picker.targetsOfKeys(300)
        balancer.update(other)
        const after = picker.targetsOfKeys(300)
        for (const [i, target] of before.entries()) {
          if (after[i] === target) continue
          const hasLeft = !other.includes(target as TestedTarget)
          expect(hasLeft || !one.includes(after[i] as TestedTarget)).toBe(true)
        }
      }),
      { numRuns: 30 },
    )
  })

  test('gives the keys of a target that is lighter now to others, and moves no others', () => {
    const targets = targetsOf([2, 2, 2, 2])
    const [first] = targets as [TestedTarget]
    const balancer = new RendezvousBalancer()
    balancer.update(targets)
    const picker = new Picker(balancer)
    const before = picker.targetsOfKeys(4_000)
    first.set(balancer, { weight: 1 })
    picker.nowMs += 1_000
    const after = picker.targetsOfKeys(4_000)
    expect(before.every((target, i) => target === after[i] || target === first)).toBe(true)
    expect(after.filter((target) => target === first).length).toBeLessThan(700)
  })
})
