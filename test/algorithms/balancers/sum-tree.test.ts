import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SumTree } from '../../../src/algorithms/balancers/sum-tree.ts'

describe('SumTree', () => {
  test('finds the index that covers a place, as a walk along the list does', () => {
    const weights = fc.array(fc.nat(9), { minLength: 1, maxLength: 20 })
    const changes = fc.array(fc.tuple(fc.nat(19), fc.nat(9)), { maxLength: 10 })
    fc.assert(
      fc.property(weights, changes, (list, changed) => {
        const tree = new SumTree(list)
        for (const [index, weight] of changed) {
          if (index >= list.length) continue
          list[index] = weight
          tree.set(index, weight)
        }
        const total = list.reduce((sum, weight) => sum + weight, 0)
        expect(tree.total).toBe(total)
        let place = 0
        for (const [index, weight] of list.entries()) {
          expect(tree.get(index)).toBe(weight)
          expect(tree.before(index)).toBe(place)
          for (let i = 0; i < weight; i++) expect(tree.find(place++)).toBe(index)
        }
      }),
    )
  })

  test('never finds an index of weight 0, whatever rounding does', () => {
    const weight = fc.oneof(fc.constant(0), fc.double({ min: 1e-9, max: 1e9, noNaN: true }))
    fc.assert(
      fc.property(
        fc.array(weight, { minLength: 1, maxLength: 20 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (list, part) => {
          const tree = new SumTree(list)
          if (tree.total > 0) expect(list[tree.find(part * tree.total)]).toBeGreaterThan(0)
        },
      ),
    )
  })
})
