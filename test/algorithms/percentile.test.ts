import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Percentile } from '../../src/algorithms/percentile.ts'

describe('Percentile', () => {
  test('gives the bound of the bucket that the percentage of samples does not exceed', () => {
    const percentile = new Percentile([1, 2, 4, 8])
    for (const sample of [0.5, 1, 1.5, 3, 5, 6, 7, 8, 8, 8]) percentile.observe(sample)
    expect([0, 1, 20, 21, 30, 31, 40, 41, 99, 100].map((p) => percentile.calculate(p))).toEqual([
      1, 1, 1, 2, 2, 4, 4, 8, 8, 8,
    ])
    expect(percentile.total).toBe(10)
  })

  test('gives Infinity beyond the last bucket', () => {
    const percentile = new Percentile([1])
    percentile.observe(1)
    percentile.observe(2)
    expect([percentile.calculate(50), percentile.calculate(51)]).toEqual([1, Number.POSITIVE_INFINITY])
  })

  test('gives NaN without samples and after reset', () => {
    const percentile = new Percentile([1])
    expect(percentile.calculate(50)).toBeNaN()
    percentile.observe(1)
    percentile.reset()
    expect([percentile.calculate(50), percentile.total]).toEqual([Number.NaN, 0])
  })

  test('tells fractions of a percent apart', () => {
    const percentile = new Percentile([1, 2])
    for (let i = 0; i < 999; i++) percentile.observe(1)
    percentile.observe(2)
    expect([percentile.calculate(99.9), percentile.calculate(99.91)]).toEqual([1, 2])
  })

  test.each([[[]], [[1, 1]], [[2, 1]], [[1, Number.NaN]], [['1']], [undefined]])('refuses buckets %j', (bounds) => {
    expect(() => new Percentile(bounds as number[])).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })

  test('names the bucket that does not ascend', () => {
    expect(() => new Percentile([1, 3, 2])).toThrow(
      'Cannot create Percentile: bucket #3 is "2", expected ascending numbers',
    )
  })

  test.each([-1, 101, Number.NaN, '50', undefined])('refuses percentage %j', (percentage) => {
    const percentile = new Percentile([1])
    expect(() => percentile.calculate(percentage as number)).toThrow('is out of range, expected 0 to 100')
  })

  test('refuses samples that are no numbers', () => {
    expect(() => new Percentile([1]).observe(Number.NaN)).toThrow('Cannot observe sample: "NaN" is no number')
  })

  test('agrees with sorting all samples', () => {
    const bounds = [10, 20, 30, 40, 50]
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -5, max: 60 }), { minLength: 1 }),
        fc.integer({ min: 0, max: 100 }),
        (samples, percentage) => {
          const percentile = new Percentile(bounds)
          for (const sample of samples) percentile.observe(sample)
          const sorted = [...samples].sort((a, b) => a - b)
          const value = sorted[Math.max(0, Math.ceil((samples.length * percentage) / 100) - 1)] ?? 0
          expect(percentile.calculate(percentage)).toBe(
            bounds.find((bound) => value <= bound) ?? Number.POSITIVE_INFINITY,
          )
        },
      ),
    )
  })
})
