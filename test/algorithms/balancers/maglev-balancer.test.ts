import { describe, expect, test } from 'vitest'
import type { BalancedTarget } from '../../../src/algorithms/balancers/balancer.ts'
import { MaglevBalancer } from '../../../src/algorithms/balancers/maglev-balancer.ts'
import { balancerCases } from './balancer.cases.ts'
import { Picker } from './picker.ts'
import { manyTargets } from './tested-target.ts'

balancerCases('MaglevBalancer', () => new MaglevBalancer())

describe('MaglevBalancer', () => {
  test('makes shares even to the place: with as many targets as places each has one', () => {
    const targets = manyTargets(53)
    const balancer = new MaglevBalancer({ tableSize: 53 })
    balancer.update(targets)
    const counts = new Picker(balancer).count(20_000)
    for (const target of targets) expect(counts.get(target)).toBeGreaterThan(250)
  })

  test('has room for more targets than places', () => {
    const targets = manyTargets(20)
    const balancer = new MaglevBalancer({ tableSize: 7 })
    balancer.update(targets)
    const counts = new Picker(balancer).count(500)
    expect(counts.size).toBe(7)
    const isExcluded = (target: BalancedTarget): boolean => target !== targets[19]
    expect(new Picker(balancer).pick({ isExcluded })).toBe(targets[19])
  })

  test.each([0, 1, 2, 4, 65_536, 7.5, -7, NaN, 16_777_259])('refuses a table of %d places', (tableSize) => {
    expect(() => new MaglevBalancer({ tableSize })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
    expect(() => new MaglevBalancer({ tableSize })).toThrow(
      `Cannot make a Maglev table with tableSize ${tableSize}: expected a prime from 3 to 16777216`,
    )
  })
})
