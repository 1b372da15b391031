import { describe, expect, test } from 'vitest'
import { hash } from '../../../src/algorithms/hash.ts'
import { Hashing } from '../../../src/algorithms/selection/hashing.ts'
import { DownTargets, selectionCases, targetNames, weightsOf } from './selection.cases.ts'

selectionCases('Hashing', () => new Hashing())

describe('Hashing', () => {
  test('sends a key to the target at its hash modulo the number of targets', () => {
    const selection = new Hashing()
    const targets = targetNames(7)
    selection.update(new Map(targets.map((target) => [target, 1])))
    for (const key of ['10.0.0.1', '', 8080, undefined, {}]) {
      expect(selection.pick(key, undefined)).toBe(targets[hash(key) % 7])
    }
  })

  test('depends on the list alone, not on how it came about', () => {
    const [once, often] = [new Hashing(), new Hashing()]
    once.update(weightsOf({ a: 1, b: 1, c: 1 }))
    often.update(weightsOf({ c: 1, x: 1 }))
    often.update(weightsOf({ a: 1, b: 3, off: 0, c: 1 }))
    for (const key of targetNames(50)) expect(often.pick(key, undefined)).toBe(once.pick(key, undefined))
  })

  test('gives a key nothing while its target is down, and others theirs', () => {
    const selection = new Hashing()
    selection.update(weightsOf({ a: 1, b: 1 }))
    const keys = targetNames(50)
    const before = keys.map((key) => selection.pick(key, undefined))
    expect(keys.map((key) => selection.pick(key, new DownTargets('a')))).toEqual(
      before.map((target) => (target === 'a' ? undefined : target)),
    )
  })
})
