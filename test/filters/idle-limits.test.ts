import { describe, expect, test } from 'vitest'
import { IdleLimits } from '../../src/filters/idle-limits.ts'
import { LIMITS } from '../../src/limits.ts'

function makeLimits(maxIdleMs = 10_000): { readonly limits: IdleLimits; advance: (ms: number) => void } {
  let nowMs = 0
  const advance = (ms: number): void => {
    nowMs += ms
  }
  return { limits: new IdleLimits(maxIdleMs, () => nowMs), advance }
}

describe('IdleLimits', () => {
  test('gives maxIdleMs where nothing else is known, and no limit for 0', () => {
    expect(makeLimits().limits.limitFor('k', '')).toBe(10_000)
    expect(makeLimits(0).limits.limitFor('k', '')).toBe(Number.POSITIVE_INFINITY)
  })

  test('never gives more than maxIdleMs', () => {
    const { limits } = makeLimits()
    expect(limits.limitFor('k', 'timeout=60')).toBe(10_000)
    limits.learn('k', 20_000)
    expect(limits.limitFor('k', '')).toBe(10_000)
  })

  test('gives 80 % of the time after which an upstream closed, of that key alone', () => {
    const { limits } = makeLimits()
    limits.learn('k', 5_000)
    expect(limits.limitFor('k', '')).toBe(4_000)
    expect(limits.limitFor('other', '')).toBe(10_000)
    expect(limits.limitFor('k', 'timeout=2')).toBe(1_000)
  })

  test('never learns less than a second', () => {
    const { limits } = makeLimits()
    limits.learn('k', 3)
    expect(limits.limitFor('k', '')).toBe(LIMITS.minLearnedIdleMs)
  })

  test('forgets what it learned after a time', () => {
    const { limits, advance } = makeLimits()
    limits.learn('k', 5_000)
    advance(LIMITS.learnedIdleMs)
    expect(limits.limitFor('k', '')).toBe(4_000)
    advance(1)
    expect(limits.limitFor('k', '')).toBe(10_000)
  })

  test('remembers a bounded number of keys, those that were learned last', () => {
    const { limits } = makeLimits()
    for (let key = 0; key <= LIMITS.maxLearnedKeys; key++) limits.learn(key, 5_000)
    expect(limits.limitFor(0, '')).toBe(10_000)
    expect(limits.limitFor(1, '')).toBe(4_000)
    expect(limits.limitFor(LIMITS.maxLearnedKeys, '')).toBe(4_000)
  })

  test('learns of keys that are objects as well, and takes none for another', () => {
    const { limits, advance } = makeLimits()
    const keys = [{}, () => undefined]
    for (const key of keys) limits.learn(key, 5_000)
    for (const key of keys) expect(limits.limitFor(key, '')).toBe(4_000)
    expect(limits.limitFor({}, '')).toBe(10_000)
    advance(LIMITS.learnedIdleMs + 1)
    for (const key of keys) expect(limits.limitFor(key, '')).toBe(10_000)
  })
})
