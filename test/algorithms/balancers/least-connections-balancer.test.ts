import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LeastConnectionsBalancer } from '../../../src/algorithms/balancers/least-connections-balancer.ts'
import { balancerCases } from './balancer.cases.ts'
import { Picker } from './picker.ts'
import { type TestedTarget, targetsOf } from './tested-target.ts'

balancerCases('LeastConnectionsBalancer', () => new LeastConnectionsBalancer())

function pickerOf(weights: readonly number[]): { targets: TestedTarget[]; picker: Picker; begin: () => TestedTarget } {
  const targets = targetsOf(weights)
  const balancer = new LeastConnectionsBalancer()
  balancer.update(targets)
  const picker = new Picker(balancer)
  const begin = (): TestedTarget => {
    const target = picker.pick() as TestedTarget
    target.set(balancer, { active: target.active + 1 })
    return target
  }
  return { targets, picker, begin }
}

describe('LeastConnectionsBalancer', () => {
  test('keeps requests under way in proportion to the weights', () => {
    const { targets, begin } = pickerOf([1, 2, 5])
    for (let i = 0; i < 800; i++) begin()
    expect(targets.map(({ active }) => active)).toEqual([100, 200, 500])
  })

  test('always picks one with the fewest requests under way for its weight', () => {
    const state = fc.record({ weight: fc.constantFrom(0.5, 1, 3), active: fc.nat(9), isUp: fc.boolean() })
    fc.assert(
      fc.property(fc.array(state, { minLength: 1, maxLength: 20 }), (states) => {
        const { targets, picker } = pickerOf(states.map(() => 1))
        for (const [i, each] of states.entries()) targets[i]?.set(picker.balancer, each)
        const up = targets.filter((target) => target.isUp)
        const loads = up.map((target) => target.active / target.weight)
        const picked = picker.pick()
        if (up.length === 0) expect(picked).toBeUndefined()
        else expect((picked?.active as number) / (picked?.weight as number)).toBe(Math.min(...loads))
      }),
    )
  })

  test('lets equal targets take turns by weight when requests come one at a time', () => {
    const { targets, picker } = pickerOf([1, 3])
    const counts = picker.count(400)
    expect(targets.map((target) => counts.get(target))).toEqual([100, 300])
  })

  test('owes no turns to a target that was busy for long', () => {
    const { targets, picker } = pickerOf([1, 1, 1])
    targets[0]?.set(picker.balancer, { active: 1 })
    picker.count(1_000)
    targets[0]?.set(picker.balancer, { active: 0 })
    expect(picker.count(30).get(targets[0])).toBeLessThanOrEqual(11)
  })
})
