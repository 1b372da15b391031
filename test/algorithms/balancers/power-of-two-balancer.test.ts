import { describe, expect, test } from 'vitest'
import type { Balancer } from '../../../src/algorithms/balancers/balancer.ts'
import { PowerOfTwoBalancer } from '../../../src/algorithms/balancers/power-of-two-balancer.ts'
import { RandomBalancer } from '../../../src/algorithms/balancers/random-balancer.ts'
import { balancerCases } from './balancer.cases.ts'
import { Picker } from './picker.ts'
import { manyTargets, type TestedTarget, targetsOf } from './tested-target.ts'

balancerCases('PowerOfTwoBalancer', () => new PowerOfTwoBalancer())

describe('PowerOfTwoBalancer', () => {
  test('takes the one of two with fewer requests under way for its weight', () => {
    const targets = targetsOf([1, 3])
    const [first, second] = targets as [TestedTarget, TestedTarget]
    const balancer = new PowerOfTwoBalancer()
    balancer.update(targets)
    const picker = new Picker(balancer)
    first.set(balancer, { active: 2 })
    second.set(balancer, { active: 5 })
    expect(picker.count(50).get(second)).toBe(50)
    second.set(balancer, { active: 7 })
    expect(picker.count(50).get(first)).toBe(50)
  })

  test('never picks the most loaded one', () => {
    const targets = manyTargets(20)
    const balancer = new PowerOfTwoBalancer()
    balancer.update(targets)
    targets[7]?.set(balancer, { active: 1 })
    expect(new Picker(balancer).count(2_000).get(targets[7])).toBeUndefined()
  })

  test('makes a far shorter longest queue than one choice does', () => {
    const longestQueue = (balancer: Balancer): number => {
      const targets = manyTargets(1_000)
      balancer.update(targets)
      const picker = new Picker(balancer)
      for (let i = 0; i < 1_000; i++) {
        const target = picker.pick() as TestedTarget
        target.set(balancer, { active: target.active + 1 })
      }
      return Math.max(...targets.map(({ active }) => active))
    }
    expect(longestQueue(new PowerOfTwoBalancer())).toBeLessThanOrEqual(3)
    expect(longestQueue(new RandomBalancer())).toBeGreaterThanOrEqual(4)
  })
})
