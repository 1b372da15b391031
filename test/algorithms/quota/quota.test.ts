import { describe, expect, test } from 'vitest'
import { MemoryQuotaStore } from '../../../src/algorithms/quota/memory-quota-store.ts'
import { Quota } from '../../../src/algorithms/quota/quota.ts'
import type { QuotaGrant, QuotaStore } from '../../../src/algorithms/quota/quota-store.ts'

describe('Quota', () => {
  test('gives as many as are there, and more as time passes', () => {
    let nowMs = 0
    const quota = new Quota(10, { perMs: 1000, now: () => nowMs })
    expect([quota.consume(4), quota.consume(100), quota.consume(1), quota.current]).toEqual([4, 6, 0, 0])
    nowMs = 250
    expect([quota.current, quota.consume(9), quota.initial]).toEqual([2, 2, 10])
    nowMs = 60_000
    expect(quota.current).toBe(10)
  })

  test('is never filled again without a time, but by produce and reset', () => {
    let nowMs = 0
    const quota = new Quota(2, { now: () => nowMs })
    expect(quota.consume(2)).toBe(2)
    nowMs = Number.MAX_SAFE_INTEGER
    expect([quota.consume(1), quota.take(1)]).toEqual([
      0,
      { taken: 0, remaining: 0, retryAfterMs: Number.POSITIVE_INFINITY },
    ])
    void quota.produce(1)
    expect([quota.consume(5), quota.consume(5)]).toEqual([1, 0])
    void quota.produce(100)
    expect(quota.current).toBe(2)
    quota.consume(2)
    void quota.reset()
    expect(quota.current).toBe(2)
  })

  test('counts each key by itself, and each name in a store', () => {
    const store = new MemoryQuotaStore()
    const [first, second] = [new Quota(1, { name: 'a', store }), new Quota(1, { name: 'b', store })]
    expect([first.consume(1, 'x'), first.consume(1, 'y'), second.consume(1, 'x'), first.consume(1, 'x')]).toEqual([
      1, 1, 1, 0,
    ])
  })

  test('tells those who ask for it of what was produced, for their key only', () => {
    const quota = new Quota(1)
    const told: string[] = []
    const endA = quota.subscribe('a', () => told.push('a'))
    quota.subscribe('b', () => told.push('b'))
    void quota.produce(1, 'a')
    void quota.reset('b')
    endA()
    void quota.produce(1, 'a')
    expect(told).toEqual(['a', 'b'])
  })

  test('gives a promise where its store does, and refuses to answer at once', async () => {
    const grant: QuotaGrant = { taken: 1, remaining: 0, retryAfterMs: 0 }
    const store: QuotaStore = { isShared: true, take: async () => grant, give: async () => {}, reset: async () => {} }
    const quota = new Quota(1, { perMs: 1000, name: 'a', store })
    expect(await quota.take(1)).toBe(grant)
    expect(() => quota.consume(1)).toThrow('Cannot take from Quota at once: its store answers later')
  })

  test.each([
    ['a limit of 0', () => new Quota(0), 'the limit is "0", expected a whole number from 1 up'],
    ['half a token', () => new Quota(1.5), 'the limit is "1.5"'],
    ['text', () => new Quota('10' as never), 'the limit is "10"'],
    ['no time', () => new Quota(1, { perMs: 0 }), 'perMs is "0", expected a number above 0'],
    ['no burst', () => new Quota(1, { burst: 0 }), 'burst is "0"'],
    [
      'more than is full',
      () => new Quota(1, { initial: 2 }),
      'initial is "2", expected no more than burst, which is 1',
    ],
    ['another refill', () => new Quota(1, { refill: 'drip' as never }), 'refill is "drip"'],
    ['a colon', () => new Quota(1, { name: 'a:b' }), 'name is "a:b", expected text without a colon'],
    ['too much at once', () => new Quota(3).take(4), '4 are never there at once: burst is 3'],
    ['a count of -1', () => new Quota(3).consume(-1), 'count is "-1"'],
  ])('refuses %s', (_, create, message) => {
    expect(create).toThrow(message)
  })

  test('refuses a shared store without a name, or for what is never filled again', () => {
    const store: QuotaStore = {
      isShared: true,
      take: () => Promise.reject(new Error('asked')),
      give: () => {},
      reset: () => {},
    }
    expect(() => new Quota(1, { perMs: 1, store })).toThrow('it has no name')
    expect(() => new Quota(1, { name: 'a', store })).toThrow('perMs is missing')
  })
})
