import { describe, expect, test } from 'vitest'
import { MemoryQuotaStore } from '../../../src/algorithms/quota/memory-quota-store.ts'
import type { QuotaRule } from '../../../src/algorithms/quota/quota-rule.ts'
import { quotaStoreCases } from './quota-store.cases.ts'

quotaStoreCases('MemoryQuotaStore', () => {
  let nowMs = 1000
  return {
    store: new MemoryQuotaStore(),
    now: () => nowMs,
    advance: async (ms) => {
      nowMs += ms
    },
  }
})

const RULE: QuotaRule = { limit: 7, perMs: 1000, burst: 7, initial: 7, refill: 'smooth' }

describe('MemoryQuotaStore', () => {
  test('remembers no more keys than it may, and forgets the one that has not asked for longest', () => {
    const store = new MemoryQuotaStore({ maxKeys: 3 })
    const take = (key: string): number => store.take({ key, rule: RULE, count: 7, least: 1, nowMs: 0 }).taken
    expect(['a', 'b', 'c', 'a', 'd'].map(take)).toEqual([7, 7, 7, 0, 7])
    expect(store.keyCount).toBe(3)
    expect(['a', 'c', 'd', 'b'].map(take)).toEqual([0, 0, 0, 7])
  })

  test('takes a clock that goes back for one that stands still', () => {
    const store = new MemoryQuotaStore()
    const take = (nowMs: number): number => store.take({ key: '', rule: RULE, count: 7, least: 1, nowMs }).taken
    expect([take(5000), take(1000), take(5000), take(5500)]).toEqual([7, 0, 0, 3])
  })

  test('gives each token at its millisecond, however often it is asked', () => {
    const store = new MemoryQuotaStore()
    const ask = (nowMs: number): number => store.take({ key: '', rule: RULE, count: 1, least: 1, nowMs }).taken
    for (let i = 0; i < 7; i++) ask(0)
    let taken = 0
    // A million questions, a hundred seconds.
    for (let i = 1; i <= 1_000_000; i++) taken += ask(i / 10)
    expect(taken).toBe(700)
  })

  test('refuses a limit that is none', () => {
    expect(() => new MemoryQuotaStore({ maxKeys: 0 })).toThrow('maxKeys is "0", expected a whole number from 1 up')
  })
})
