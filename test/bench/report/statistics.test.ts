import { expect, test } from 'vitest'
import { median, pairedRatio, spread } from './statistics.ts'

test('median takes the middle, or the mean of the two in the middle', () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(median([10, 1, 2, 4])).toBe(3)
  expect(median([])).toBeNaN()
})

test('spread is half the range in parts of the median', () => {
  expect(spread([90, 100, 130])).toBeCloseTo(0.2)
})

test('pairedRatio does not show a machine that slows down as a difference', () => {
  const fast = [1000, 500, 250]
  const half = [500, 250, 125]
  expect(pairedRatio(half, fast)).toBe(0.5)
})
