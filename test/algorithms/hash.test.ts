import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hash } from '../../src/algorithms/hash.ts'

describe('hash', () => {
  test('gives whole numbers of up to 53 bits, and uses all of them', () => {
    let seen = 0n
    fc.assert(
      fc.property(fc.anything(), fc.string(), (value, text) => {
        for (const result of [
          hash(typeof value === 'object' || typeof value === 'function' ? text : value),
          hash(text),
        ]) {
          expect(Number.isSafeInteger(result) && result >= 0).toBe(true)
          seen |= BigInt(result)
        }
      }),
    )
    expect(seen).toBe(2n ** 53n - 1n)
  })

  test('gives the same for the same content, in every process', () => {
    expect([hash(''), hash('10.0.0.1'), hash('é€😀'), hash(8080)]).toEqual([
      2_866_490_994_246_400, 3_937_492_527_680_223, 479_508_242_320_135, 5_900_211_202_104_882,
    ])
    expect([hash(0) === hash(-0), hash(Number.NaN) === hash(Number.NaN)]).toEqual([true, true])
  })

  test('tells types apart', () => {
    const values = ['1', 1, 1n, true, 'true', undefined, 'undefined', null, 'null', '']
    expect(new Set(values.map(hash)).size).toBe(values.length)
  })

  test('hashes objects and functions by identity', () => {
    const [one, other, call] = [{}, {}, (): void => {}]
    expect([hash(one) === hash(one), hash(call) === hash(call)]).toEqual([true, true])
    expect(new Set([one, other, call, []].map(hash)).size).toBe(4)
    expect(Number.isSafeInteger(hash(Object.create(null)))).toBe(true)
  })

  test.each([
    ['addresses', (i: number) => `10.0.${i >> 8}.${i & 255}`],
    ['paths', (i: number) => `/users/${i}`],
    ['numbers', (i: number) => i],
    ['objects', (i: number) => ({ i })],
  ])('spreads %s evenly', (_, keyOf) => {
    for (const count of [2, 3, 7, 16]) {
      const sizes = new Array<number>(count).fill(0)
      for (let i = 0; i < 10_000; i++) {
        const place = hash(keyOf(i)) % count
        sizes[place] = (sizes[place] ?? 0) + 1
      }
      const mean = 10_000 / count
      for (const size of sizes) expect(Math.abs(size - mean) / mean).toBeLessThan(0.2)
    }
  })

  test('has no collisions among many short texts', () => {
    const texts = Array.from({ length: 100_000 }, (_, i) => i.toString(36))
    expect(new Set(texts.map(hash)).size).toBe(texts.length)
  })
})
