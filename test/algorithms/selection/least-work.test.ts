import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LeastWork } from '../../../src/algorithms/selection/least-work.ts'
import { DownTargets, selectionCases, weightsOf } from './selection.cases.ts'

selectionCases('LeastWork', () => new LeastWork())

function createLeastWork(weights: Readonly<Record<string, number>>): LeastWork {
  const selection = new LeastWork()
  selection.update(weightsOf(weights))
  return selection
}

function picks(selection: LeastWork, count: number): string {
  return Array.from({ length: count }, () => selection.pick(undefined, undefined) ?? '-').join('')
}

describe('LeastWork', () => {
  test('picks the target with the least work under way', () => {
    const selection = createLeastWork({ a: 1, b: 1, c: 1 })
    expect(picks(selection, 6)).toBe('abcabc')
    selection.release('b')
    selection.release('b')
    selection.release('c')
    expect(picks(selection, 3)).toBe('bcb')
  })

  test('weighs the work', () => {
    const next = picks(createLeastWork({ a: 1, b: 3 }), 40)
    expect([...next].filter((name) => name === 'b')).toHaveLength(30)
  })

  test('lets equals take turns, also when each is done at once', () => {
    const selection = createLeastWork({ a: 1, b: 1, c: 1 })
    const order = Array.from({ length: 6 }, () => {
      const target = selection.pick(undefined, undefined) ?? '-'
      selection.release(target)
      return target
    })
    expect(order.join('')).toBe('abcabc')
  })

  test('counts those who keep to a target', () => {
    const selection = createLeastWork({ a: 1, b: 1 })
    for (let i = 0; i < 3; i++) selection.hold('a')
    expect(picks(selection, 4)).toBe('bbba')
  })

  test('takes no more work off a target than it has', () => {
    const selection = createLeastWork({ a: 1, b: 1 })
    for (let i = 0; i < 5; i++) selection.release('a')
    expect(picks(selection, 4)).toBe('abab')
  })

  test('remembers work across changes of the list and of weights', () => {
    const selection = createLeastWork({ a: 1, b: 1 })
    picks(selection, 8)
    selection.update(weightsOf({ a: 1, b: 0 }))
    selection.release('b')
    selection.update(weightsOf({ a: 1, b: 1, c: 1 }))
    expect(picks(selection, 5)).toBe('cccbc')
  })

  test('readmits a target with the work that it still has', () => {
    const selection = createLeastWork({ a: 1, b: 1 })
    const down = new DownTargets('a')
    picks(selection, 4)
    expect([selection.pick(undefined, down), selection.pick(undefined, down)]).toEqual(['b', 'b'])
    selection.release('a')
    down.names.clear()
    expect([1, 2, 3].map(() => selection.pick(undefined, down))).toEqual(['a', 'a', 'a'])
  })

  test('always picks one with the smallest work for its weight', () => {
    const names = [...'abcdefghijkl']
    const weights = fc.tuple(...names.map((name) => fc.tuple(fc.constant(name), fc.integer({ min: 1, max: 4 }))))
    const step = fc.oneof(fc.constant('pick'), fc.constantFrom(...names))
    fc.assert(
      fc.property(weights, fc.array(step, { maxLength: 150, size: 'max' }), (entries, steps) => {
        const selection = createLeastWork(Object.fromEntries(entries))
        const targets = new Map(entries.map(([name, weight]) => [name, { weight, active: 0 }]))
        for (const call of steps) {
          const target = targets.get(call === 'pick' ? (selection.pick(undefined, undefined) ?? '') : call)
          if (target === undefined) throw new Error('Nothing was picked')
          if (call === 'pick') {
            const loads = [...targets.values()].map(({ active, weight }) => active / weight)
            expect(target.active / target.weight).toBe(Math.min(...loads))
            target.active++
          } else {
            selection.release(call)
            target.active = Math.max(0, target.active - 1)
          }
        }
      }),
    )
  })
})
