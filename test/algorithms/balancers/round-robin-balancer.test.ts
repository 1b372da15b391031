import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RoundRobinBalancer } from '../../../src/algorithms/balancers/round-robin-balancer.ts'
import { balancerCases } from './balancer.cases.ts'
import { Picker } from './picker.ts'
import { TestedTarget, targetsOf } from './tested-target.ts'

balancerCases('RoundRobinBalancer', () => new RoundRobinBalancer())

function pickerOf(weights: readonly number[]): {
  targets: TestedTarget[]
  picker: Picker
  names: (count: number) => string
} {
  const targets = targetsOf(weights)
  const balancer = new RoundRobinBalancer()
  balancer.update(targets)
  const picker = new Picker(balancer)
  const names = (count: number): string =>
    Array.from({ length: count }, () => 'abcdefgh'[targets.indexOf(picker.pick() as TestedTarget)]).join('')
  return { targets, picker, names }
}

describe('RoundRobinBalancer', () => {
  test('begins with the first of the list and takes turns', () => {
    expect(pickerOf([1, 1, 1]).names(7)).toBe('abcabca')
  })

  test('spreads the turns of the heavier ones', () => {
    expect(pickerOf([5, 1, 1]).names(14)).toBe('abaacaaabaacaa')
    expect(pickerOf([2, 1]).names(9)).toBe('abaabaaba')
    expect(pickerOf([0.5, 1]).names(6)).toMatch(/^(abb|bab|bba)\1$/)
  })

  test('has given each target its exact share after any number of picks, give or take less than one', () => {
    const weights = fc.array(
      fc.oneof(fc.integer({ min: 1, max: 100 }), fc.double({ min: 0.01, max: 9, noNaN: true })),
      {
        minLength: 1,
        maxLength: 12,
      },
    )
    fc.assert(
      fc.property(weights, (list) => {
        const { targets, picker } = pickerOf(list)
        const total = list.reduce((sum, each) => sum + each, 0)
        const counts = new Map<unknown, number>()
        let furthest = 0
        for (let picks = 1; picks <= 400; picks++) {
          const picked = picker.pick()
          counts.set(picked, (counts.get(picked) ?? 0) + 1)
          for (const target of targets) {
            const exact = (picks * target.weight) / total
            furthest = Math.max(furthest, Math.abs((counts.get(target) ?? 0) - exact))
          }
        }
        expect(furthest).toBeLessThan(1 + 1e-5)
      }),
    )
  })

  test('comes back to exact shares after any changes', () => {
    const change = fc.record({
      which: fc.nat(5),
      weight: fc.constantFrom(0, 0.1, 1, 3, 50),
      isUp: fc.boolean(),
      picks: fc.nat(9),
    })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60, size: 'max' }), (changes) => {
        const { targets, picker } = pickerOf([1, 1, 2, 3, 5, 0.5])
        for (const { which, weight, isUp, picks } of changes) {
          targets[which]?.set(picker.balancer, { weight, isUp })
          picker.count(picks, { isExcluded: (target) => target === targets[picks % 6] })
        }
        for (const [i, target] of targets.entries()) target.set(picker.balancer, { weight: i + 1, isUp: true })
        picker.count(210)
        const counts = picker.count(210)
        for (const [i, target] of targets.entries()) {
          expect(Math.abs((counts.get(target) ?? 0) - 10 * (i + 1))).toBeLessThanOrEqual(2)
        }
      }),
    )
  })

  test('keeps the turn of a target that one pick avoids', () => {
    const { targets, picker, names } = pickerOf([1, 1, 1])
    expect(names(3)).toBe('abc')
    expect(picker.pick({ isExcluded: (target) => target === targets[0] })).toBe(targets[1])
    expect(names(2)).toBe('ac')
  })

  test('does not let a target make up at once for what many picks avoided', () => {
    const { targets, picker } = pickerOf([1, 1, 1, 1])
    picker.count(1_000, { isExcluded: (target) => target === targets[0] })
    expect(picker.count(40).get(targets[0])).toBeLessThanOrEqual(16)
    picker.count(1_000, { isExcluded: (target) => target !== targets[1] })
    expect(picker.count(60).get(targets[1])).toBeGreaterThanOrEqual(8)
  })

  test('lets newcomers and those that come back begin level with the others', () => {
    const { targets, picker } = pickerOf([1, 1, 1])
    const [first] = targets as [TestedTarget]
    first.set(picker.balancer, { isUp: false })
    picker.count(1_000)
    first.set(picker.balancer, { isUp: true })
    const newcomer = new TestedTarget('newcomer')
    picker.balancer.update([...targets, newcomer])
    const counts = picker.count(40)
    for (const target of [...targets, newcomer]) {
      expect(counts.get(target)).toBeGreaterThanOrEqual(9)
      expect(counts.get(target)).toBeLessThanOrEqual(11)
    }
  })

  test('does not make a target wait for the long turn of a small weight that it had before', () => {
    const { targets, picker } = pickerOf([1, 0.001])
    picker.count(1_100)
    targets[1]?.set(picker.balancer, { weight: 1 })
    expect(picker.count(10).get(targets[1])).toBeGreaterThanOrEqual(4)
  })

  test('stays exact over millions of picks and changes', () => {
    const { targets, picker } = pickerOf([3, 2, 1])
    picker.count(2_200_001)
    const [first] = targets as [TestedTarget]
    for (let i = 0; i < 1_000; i++) {
      first.set(picker.balancer, { isUp: i % 2 === 1 })
      picker.pick()
    }
    const counts = picker.count(6_000)
    expect(targets.map((target) => Math.round((counts.get(target) as number) / 10))).toEqual([300, 200, 100])
  })
})
