import { describe, expect, test } from 'vitest'
import { LeastTimeBalancer } from '../../../src/algorithms/balancers/least-time-balancer.ts'
import { balancerCases } from './balancer.cases.ts'
import { Picker } from './picker.ts'
import { type TestedTarget, targetsOf } from './tested-target.ts'

balancerCases('LeastTimeBalancer', () => new LeastTimeBalancer())

function pairOf(latencies: readonly [number, number], actives: readonly [number, number] = [0, 0]) {
  const targets = targetsOf([1, 1])
  const balancer = new LeastTimeBalancer()
  balancer.update(targets)
  const [first, second] = targets as [TestedTarget, TestedTarget]
  first.set(balancer, { latencyMs: latencies[0], active: actives[0] })
  second.set(balancer, { latencyMs: latencies[1], active: actives[1] })
  return { first, second, balancer, picker: new Picker(balancer) }
}

describe('LeastTimeBalancer', () => {
  test('takes the one of two that will probably answer first', () => {
    const { first, second, picker } = pairOf([10, 100])
    expect(picker.count(50).get(first)).toBe(50)
    // Ten times as many under way: now it is the other's turn.
    first.set(picker.balancer, { active: 10 })
    expect(picker.count(50).get(second)).toBe(50)
    // Twice as heavy: it works on twice as many at a time.
    first.set(picker.balancer, { weight: 2 })
    expect(picker.count(50).get(first)).toBe(50)
  })

  test('tries one that has not answered yet at once, and then with one request at a time', () => {
    const { first, second, picker } = pairOf([10, 0])
    expect(picker.pick()).toBe(second)
    second.set(picker.balancer, { active: 1 })
    expect(picker.count(50).get(first)).toBe(50)
  })

  test('goes by requests under way while none has answered', () => {
    const { second, picker } = pairOf([0, 0], [2, 1])
    expect(picker.count(50).get(second)).toBe(50)
  })

  test('tries a slow one again after a while, sooner the less slow it was', () => {
    const waitForSecond = (latencyMs: number): number => {
      const { first, second, picker } = pairOf([10, latencyMs])
      // The first is in use all the time, so its latency stays.
      first.set(picker.balancer, { active: 1 })
      while (picker.pick() !== second) picker.nowMs += 100
      return picker.nowMs
    }
    // By the factor e in 10 s, down to twice 10 ms.
    expect(waitForSecond(20 * Math.E)).toBeCloseTo(10_000, -3)
    expect(waitForSecond(20 * Math.E ** 3)).toBeCloseTo(30_000, -3)
  })

  test('does not forget how slow one is while a request to it is under way', () => {
    const { first, second, picker } = pairOf([10, 1_000], [1, 1])
    for (let i = 0; i < 100; i++) {
      expect(picker.pick()).toBe(first)
      picker.nowMs += 1_000
    }
    second.set(picker.balancer, { active: 0 })
    expect(picker.pick()).toBe(first)
  })
})
