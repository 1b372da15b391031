import { describe, expect, test } from 'vitest'
import { readSizeBytes, readTimeMs } from '../../src/script/units.ts'

describe('readSizeBytes', () => {
  test.each([
    [1024, 1024],
    [0, 0],
    ['100', 100],
    ['16k', 16 * 1024],
    ['16K', 16 * 1024],
    ['2m', 2 * 1024 ** 2],
    ['1g', 1024 ** 3],
    ['1t', 1024 ** 4],
    ['1.5m', 1024 ** 2],
  ])('reads %j', (value, expected) => {
    expect(readSizeBytes(value)).toBe(expected)
  })

  test.each([['k'], ['16kb'], ['-1k'], ['1,5m'], [''], [-1], [Number.NaN], [undefined], [null], [{}]])(
    'refuses %j',
    (value) => {
      expect(readSizeBytes(value)).toBeUndefined()
    },
  )
})

describe('readTimeMs', () => {
  test.each([
    [10, 10_000],
    [0.5, 500],
    ['10', 10_000],
    ['10s', 10_000],
    ['0.5s', 500],
    ['.5s', 500],
    ['2M', 120_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
  ])('reads %j', (value, expected) => {
    expect(readTimeMs(value)).toBe(expected)
  })

  test.each([['500ms'], ['s'], ['-1s'], ['1 s'], ['1w'], [''], [-1], [Number.NaN], [undefined], [true]])(
    'refuses %j',
    (value) => {
      expect(readTimeMs(value)).toBeUndefined()
    },
  )
})
