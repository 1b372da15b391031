import { describe, expect, test } from 'vitest'
import { joinSmall } from '../../src/streams/join-small.ts'

/** Runs of the given sizes; each has its place as its bytes. */
function runs(...sizes: number[]): Uint8Array[] {
  return sizes.map((size, index) => new Uint8Array(size).fill(index + 1))
}

describe('joinSmall', () => {
  test.each<[string, number[], number[]]>([
    ['nothing', [], []],
    ['one run', [5], [5]],
    ['an empty run', [0], [0]],
    ['small runs', [1, 2, 3], [6]],
    ['runs of 16 KiB together', [10_000, 6384, 1], [16_384, 1]],
    ['a large run between small ones', [1, 2, 65_536, 3, 4], [3, 65_536, 7]],
    ['large runs', [65_536, 65_536], [65_536, 65_536]],
  ])('gives the bytes of %s in order', (_, given, expected) => {
    const parts = runs(...given)
    const joined = joinSmall(parts)
    expect(joined.map(({ length }) => length)).toEqual(expected)
    expect(joined.flatMap((run) => [...run])).toEqual(parts.flatMap((run) => [...run]))
  })

  test('copies no run that stays alone', () => {
    const parts = runs(1, 20_000)
    expect(joinSmall(parts)[1]).toBe(parts[1])
  })
})
