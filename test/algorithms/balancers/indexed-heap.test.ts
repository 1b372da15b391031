import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type HeapItem, IndexedHeap } from '../../../src/algorithms/balancers/indexed-heap.ts'

interface Numbered extends HeapItem {
  number: number
}

describe('IndexedHeap', () => {
  test('has the smallest first after any pushes, moves and removals', () => {
    const step = fc.tuple(fc.constantFrom('push', 'move', 'remove', 'find'), fc.nat(20), fc.nat(50))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100, size: 'max' }), (steps) => {
        const heap = new IndexedHeap<Numbered>((a, b) => a.number < b.number)
        let items: Numbered[] = []
        for (const [kind, which, number] of steps) {
          const item = items[which % Math.max(1, items.length)]
          if (kind === 'push') {
            const added = { number, position: -1 }
            items.push(added)
            heap.push(added)
          } else if (kind === 'find') {
            const found = heap.find((other) => other.number >= number, 100)
            const wanted = items.filter((other) => other.number >= number).map((other) => other.number)
            expect(found?.number).toBe(wanted.length === 0 ? undefined : Math.min(...wanted))
          } else if (item !== undefined && kind === 'move') {
            item.number = number
            heap.moved(item)
          } else if (item !== undefined) {
            heap.remove(item)
            expect(heap.has(item)).toBe(false)
            items = items.filter((other) => other !== item)
          }
          expect(heap.size).toBe(items.length)
          expect(items.every((other) => heap.has(other))).toBe(true)
          expect(heap.first?.number).toBe(
            items.length === 0 ? undefined : Math.min(...items.map((other) => other.number)),
          )
        }
      }),
    )
  })

  test('looks no further than the limit', () => {
    const heap = new IndexedHeap<Numbered>((a, b) => a.number < b.number)
    for (let number = 0; number < 20; number++) heap.push({ number, position: -1 })
    expect(heap.find(({ number }) => number === 3, 3)?.number).toBe(3)
    expect(heap.find(({ number }) => number === 4, 3)).toBeUndefined()
    expect(heap.first?.number).toBe(0)
  })
})
