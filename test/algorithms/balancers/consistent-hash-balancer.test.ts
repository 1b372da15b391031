import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConsistentHashBalancer } from '../../../src/algorithms/balancers/consistent-hash-balancer.ts'
import { balancerCases } from './balancer.cases.ts'
import { Picker } from './picker.ts'
import { manyTargets, type TestedTarget, targetsOf } from './tested-target.ts'

balancerCases('ConsistentHashBalancer', () => new ConsistentHashBalancer())

describe('ConsistentHashBalancer', () => {
  test('lets no target have more than its share of the requests under way by the factor, even of one key', () => {
    const targets = targetsOf([1, 1, 1, 2])
    const balancer = new ConsistentHashBalancer({ loadFactor: 1.25, minActive: 1 })
    balancer.update(targets)
    const picker = new Picker(balancer)
    for (let total = 1; total <= 500; total++) {
      const target = picker.pick({ key: 'hot' }) as TestedTarget
      target.set(balancer, { active: target.active + 1 })
      for (const { active, weight } of targets) {
        expect(active).toBeLessThanOrEqual(Math.ceil((1.25 * total * weight) / 5))
      }
    }
  })

  test('keeps the bound while requests end, targets fail and weights change', () => {
    const step = fc.record({ which: fc.nat(4), what: fc.constantFrom('end', 'down', 'up', 'weight'), key: fc.nat(3) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100, size: 'max' }), (steps) => {
        const targets = manyTargets(5)
        const balancer = new ConsistentHashBalancer({ minActive: 1 })
        balancer.update(targets)
        const picker = new Picker(balancer)
        for (const { which, what, key } of steps) {
          const changed = targets[which] as TestedTarget
          if (what === 'end') changed.set(balancer, { active: Math.max(0, changed.active - 1) })
          else if (what === 'weight') changed.set(balancer, { weight: changed.weight === 1 ? 2 : 1 })
          else changed.set(balancer, { isUp: what === 'up' })
          const picked = picker.pick({ key: `key-${key}` }) as TestedTarget | undefined
          if (picked === undefined) continue
          const up = targets.filter((target) => target.isUp)
          const active = up.reduce((sum, target) => sum + target.active, 0)
          const weight = up.reduce((sum, target) => sum + target.weight, 0)
          expect(picked.active).toBeLessThan(Math.ceil((1.25 * (active + 1) * picked.weight) / weight))
          picked.set(balancer, { active: picked.active + 1 })
        }
      }),
    )
  })

  test('leaves keys where they are while few requests are under way, and without a bound always', () => {
    const targets = manyTargets(10)
    for (const [options, actives] of [
      [{}, 7],
      [{ loadFactor: Infinity }, 1_000],
    ] as const) {
      const balancer = new ConsistentHashBalancer(options)
      balancer.update(targets)
      const picker = new Picker(balancer)
      const home = picker.pick({ key: 'a' }) as TestedTarget
      home.set(balancer, { active: actives })
      expect(picker.pick({ key: 'a' })).toBe(home)
      home.set(balancer, { active: 0 })
    }
  })

  test('moves the keys beyond the bound to the same next target', () => {
    const targets = manyTargets(10)
    const balancer = new ConsistentHashBalancer()
    balancer.update(targets)
    const picker = new Picker(balancer)
    const home = picker.pick({ key: 'a' }) as TestedTarget
    home.set(balancer, { active: 8 })
    const next = picker.pick({ key: 'a' })
    expect(next).not.toBe(home)
    expect(picker.pick({ key: 'a' })).toBe(next)
  })

  test('moves nothing but what it must, to the key, when one of 1,000 leaves', () => {
    const targets = manyTargets(1_000)
    const balancer = new ConsistentHashBalancer()
    balancer.update(targets)
    const picker = new Picker(balancer)
    const before = picker.targetsOfKeys(20_000)
    balancer.update(targets.slice(1))
    const after = picker.targetsOfKeys(20_000)
    expect(before.every((target, i) => target === targets[0] || target === after[i])).toBe(true)
  })

  test.each([
    [{ pointsPerTarget: 0 }, 'Cannot make a ring with pointsPerTarget 0: expected a whole number from 1 to 10000'],
    [{ pointsPerTarget: 1.5 }, 'pointsPerTarget 1.5'],
    [{ loadFactor: 0.9 }, 'Cannot make a ring with loadFactor 0.9: expected a number from 1 up'],
    [{ loadFactor: NaN }, 'loadFactor NaN'],
    [{ minActive: 0 }, 'Cannot make a ring with minActive 0: expected a number from 1 up'],
  ])('refuses %j', (options, message) => {
    expect(() => new ConsistentHashBalancer(options)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
    expect(() => new ConsistentHashBalancer(options)).toThrow(message)
  })
})
