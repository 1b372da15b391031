import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { QuotaRule } from '../../../src/algorithms/quota/quota-rule.ts'
import type { QuotaGrant, QuotaStore } from '../../../src/algorithms/quota/quota-store.ts'

/** A store, and the clock that it goes by. */
export interface StoreUnderTest {
  readonly store: QuotaStore
  /** Milliseconds of a clock that never goes back. */
  now(): number
  /** Lets the store's clock go on by at least that much. */
  advance(ms: number): Promise<void>
  stop?(): Promise<void>
}

const HOUR_MS = 3_600_000

/** A rule under which nothing comes back while a test runs. */
function slow(limit: number, rule: Partial<QuotaRule> = {}): QuotaRule {
  return { limit, perMs: HOUR_MS, burst: limit, initial: limit, refill: 'smooth', ...rule }
}

/**
 * What every store promises.
 * @param open makes a store that has nothing in it
 */
export function quotaStoreCases(name: string, open: () => StoreUnderTest | Promise<StoreUnderTest>): void {
  describe(name, () => {
    let under: StoreUnderTest
    let keyCount = 0
    const newKey = (): string => `key ${++keyCount}:é/${name}`

    beforeAll(async () => {
      under = await open()
    }, 60_000)
    afterAll(() => under.stop?.())

    async function take(key: string, rule: QuotaRule, count: number, least = count): Promise<QuotaGrant> {
      return await under.store.take({ key, rule, count, least, nowMs: under.now() })
    }

    test('gives what is there at first, and then nothing', async () => {
      const key = newKey()
      expect(await take(key, slow(3), 2)).toEqual({ taken: 2, remaining: 1, retryAfterMs: 0 })
      expect(await take(key, slow(3), 1)).toEqual({ taken: 1, remaining: 0, retryAfterMs: 0 })
      const refused = await take(key, slow(3), 1)
      expect(refused).toMatchObject({ taken: 0, remaining: 0 })
      expect(refused.retryAfterMs).toBeGreaterThan(HOUR_MS / 3 - 60_000)
      expect(refused.retryAfterMs).toBeLessThanOrEqual(HOUR_MS / 3)
    })

    test('gives all or nothing, or as much as is there, as it is asked', async () => {
      const key = newKey()
      expect((await take(key, slow(10), 4)).taken).toBe(4)
      expect(await take(key, slow(10), 7)).toMatchObject({ taken: 0, remaining: 6 })
      expect((await take(key, slow(10), 9, 7)).taken).toBe(0)
      expect(await take(key, slow(10), 9, 1)).toMatchObject({ taken: 6, remaining: 0 })
    })

    test('only tells what is there when nothing is asked for', async () => {
      const key = newKey()
      expect(await take(key, slow(5), 0)).toEqual({ taken: 0, remaining: 5, retryAfterMs: 0 })
      expect((await take(key, slow(5), 5)).taken).toBe(5)
    })

    test('begins with what the rule says', async () => {
      expect(await take(newKey(), slow(5, { burst: 9, initial: 2 }), 9, 1)).toMatchObject({ taken: 2 })
      expect(await take(newKey(), slow(5, { burst: 9, initial: 9 }), 9, 1)).toMatchObject({ taken: 9 })
    })

    test('keeps keys apart', async () => {
      const [first, second] = [newKey(), newKey()]
      expect((await take(first, slow(2), 2)).taken).toBe(2)
      expect((await take(second, slow(2), 2)).taken).toBe(2)
      expect((await take(first, slow(2), 1)).taken).toBe(0)
    })

    test('gives never more than there is to many who ask at once', async () => {
      const key = newKey()
      const grants = await Promise.all(Array.from({ length: 500 }, (_, i) => take(key, slow(100), 1 + (i % 3), 1)))
      const wanted = grants.map((_, i) => 1 + (i % 3))
      expect(grants.reduce((sum, { taken }) => sum + taken, 0)).toBe(100)
      grants.forEach(({ taken }, i) => expect(taken).toBeLessThanOrEqual(wanted[i] as number))
    })

    test('has what was asked for when the time that it told is over', async () => {
      const key = newKey()
      const rule = slow(4, { perMs: 400 })
      await take(key, rule, 4)
      for (let i = 0; i < 3; i++) {
        const refused = await take(key, rule, 1)
        if (refused.taken === 0) await under.advance(refused.retryAfterMs)
        expect((await take(key, rule, 1 - refused.taken)).taken).toBe(1 - refused.taken)
      }
    })

    test('gives in no stretch of time more than is there and is added in it', async () => {
      const key = newKey()
      const rule = slow(50, { perMs: 500, burst: 20, initial: 20 })
      const fromMs = under.now()
      let taken = 0
      for (let i = 0; i < 12; i++) {
        for (const grant of await Promise.all(Array.from({ length: 30 }, () => take(key, rule, 1))))
          taken += grant.taken
        await under.advance(25)
      }
      const passedMs = under.now() - fromMs
      expect(taken).toBeLessThanOrEqual(20 + Math.ceil(passedMs / 10))
      // After each of the eleven waits but the first moment at least two have come.
      expect(taken).toBeGreaterThanOrEqual(20 + 2 * 11 - 1)
    })

    test('is full after a rest, and no more than that', async () => {
      const key = newKey()
      const rule = slow(10, { perMs: 100, burst: 5, initial: 5 })
      await take(key, rule, 5)
      await under.advance(200)
      expect((await take(key, rule, 100, 1)).taken).toBe(5)
    })

    test('adds all at once when a window is over that the first taker began', async () => {
      const key = newKey()
      const rule = slow(3, { perMs: 600, burst: 6, initial: 3, refill: 'window' })
      await take(key, rule, 0)
      await take(key, rule, 3)
      const refused = await take(key, rule, 1)
      expect(refused.taken).toBe(0)
      expect(refused.retryAfterMs).toBeLessThanOrEqual(600)
      await under.advance(refused.retryAfterMs)
      expect(await take(key, rule, 6, 1)).toMatchObject({ taken: 3 })
    })

    test('takes back what was not used, as far as there is room', async () => {
      const key = newKey()
      const give = async (count: number): Promise<void> =>
        await under.store.give({ key, rule: slow(10), count, nowMs: under.now() })
      await take(key, slow(10), 10)
      await give(4)
      expect(await take(key, slow(10), 0)).toMatchObject({ remaining: 4 })
      await give(100)
      expect(await take(key, slow(10), 0)).toMatchObject({ remaining: 10 })
    })

    test('begins a key anew when it is told to', async () => {
      const key = newKey()
      await take(key, slow(2), 2)
      await under.store.reset(key)
      expect((await take(key, slow(2), 2)).taken).toBe(2)
      await under.store.reset(newKey())
    })
  })
}
