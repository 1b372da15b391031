import * as fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { Cache } from '../../src/algorithms/cache.ts'
import { createStandingClock } from './standing-clock.ts'

describe('Cache with a time to live', () => {
  test('misses an entry from the moment on at which it expires, and allocates again', () => {
    const clock = createStandingClock()
    const allocate = vi.fn((key: string) => `${key}@${clock.nowMs}`)
    const cache = new Cache(allocate, { ttlMs: 100, now: clock.now })
    expect(cache.get('a')).toBe('a@1000')
    clock.nowMs = 1_099
    expect([cache.get('a'), cache.find('a'), cache.has('a')]).toEqual(['a@1000', 'a@1000', true])
    clock.nowMs = 1_100
    expect([cache.find('a'), cache.has('a'), cache.remove('a'), cache.size]).toEqual([undefined, false, false, 0])
    expect(cache.get('a')).toBe('a@1100')
  })

  test('frees what expired at the next call, whatever it asks for, oldest first and once', () => {
    const clock = createStandingClock()
    const free = vi.fn()
    const cache = new Cache<string, number>(null, free, { ttlMs: 100, now: clock.now })
    cache.set('a', 1)
    cache.set('b', 2)
    clock.nowMs += 50
    cache.set('c', 3)
    cache.get('a')
    clock.nowMs += 50
    expect(free).not.toHaveBeenCalled()
    cache.get('other')
    expect(free.mock.calls).toEqual([
      ['a', 1],
      ['b', 2],
    ])
    expect([cache.size, cache.get('c')]).toEqual([1, 3])
    clock.nowMs += 50
    cache.clear()
    expect(free.mock.calls.slice(2)).toEqual([['c', 3]])
  })

  test('counts the time from the last set, not from the last use', () => {
    const clock = createStandingClock()
    const cache = new Cache<string, number>({ ttlMs: 100, now: clock.now })
    cache.set('a', 1)
    cache.set('b', 1)
    clock.nowMs += 60
    cache.set('a', 2)
    cache.get('b')
    clock.nowMs += 60
    expect([cache.get('a'), cache.get('b')]).toEqual([2, undefined])
    clock.nowMs += 40
    expect(cache.get('a')).toBeUndefined()
  })

  test('counts the time from when the allocator is done', () => {
    const clock = createStandingClock()
    const cache = new Cache((key: string) => ((clock.nowMs += 500), key), { ttlMs: 100, now: clock.now })
    cache.get('a')
    expect(cache.has('a')).toBe(true)
  })

  test('frees all that expired when free throws, and throws the first error to whoever called', () => {
    const clock = createStandingClock()
    const freed: string[] = []
    const cache = new Cache<string, number>(
      null,
      (key) => {
        freed.push(key)
        throw new Error(`free ${key}`)
      },
      { ttlMs: 100, now: clock.now },
    )
    cache.set('a', 1)
    cache.set('b', 2)
    clock.nowMs += 100
    expect(() => cache.has('x')).toThrow('free a')
    expect([freed, cache.has('a')]).toEqual([['a', 'b'], false])
  })

  test('frees nothing twice when free clears the cache', () => {
    const clock = createStandingClock()
    const freed: string[] = []
    const cache: Cache<string, number> = new Cache<string, number>(
      null,
      (key) => {
        freed.push(key)
        cache.clear()
      },
      { ttlMs: 100, now: clock.now },
    )
    for (const key of ['a', 'b', 'c']) cache.set(key, 1)
    clock.nowMs += 100
    expect(cache.size).toBe(0)
    expect(freed).toEqual(['a', 'b', 'c'])
  })

  test('takes the clock of the runtime when none is given', () => {
    const cache = new Cache<string, number>({ ttlMs: 3_600_000 })
    cache.set('a', 1)
    expect(cache.get('a')).toBe(1)
  })
})

describe('Cache property', () => {
  test('behaves as a list in the order of use', () => {
    const key = fc.integer({ min: 0, max: 6 })
    const step = fc.oneof(
      fc.record({ call: fc.constantFrom('get', 'set', 'find', 'remove'), key }),
      fc.record({ call: fc.constant('wait'), key: fc.constantFrom(1, 5, 10) }),
    )
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 60, size: 'max' }), (size, steps) => {
        const clock = createStandingClock()
        const freed: number[] = []
        const modelFreed: number[] = []
        let last = 0
        const cache = new Cache<number, number>(
          () => ++last,
          (_, value) => freed.push(value),
          { size, ttlMs: 10, now: clock.now },
        )
        let model: { key: number; value: number; untilMs: number; storedAs: number }[] = []
        let stores = 0
        let modelLast = 0
        const drop = (entries: typeof model): void => {
          model = model.filter((entry) => !entries.includes(entry))
          modelFreed.push(...entries.map(({ value }) => value))
        }
        for (const { call, key: argument } of steps) {
          if (call === 'wait') {
            clock.nowMs += argument
            continue
          }
          drop(model.filter(({ untilMs }) => untilMs <= clock.nowMs).sort((a, b) => a.storedAs - b.storedAs))
          const known = model.find((entry) => entry.key === argument)
          if (call === 'set' && known !== undefined) {
            cache.set(argument, -argument)
            Object.assign(known, { value: -argument, untilMs: clock.nowMs + 10, storedAs: ++stores })
          } else if (call === 'remove') {
            expect(cache.remove(argument)).toBe(known !== undefined)
            if (known !== undefined) drop([known])
          } else if (call !== 'set' && known !== undefined) {
            expect(call === 'get' ? cache.get(argument) : cache.find(argument)).toBe(known.value)
            model = [...model.filter((entry) => entry !== known), known]
          } else if (call === 'find') {
            expect(cache.find(argument)).toBeUndefined()
          } else {
            const value = call === 'set' ? -argument : ++modelLast
            if (call === 'set') cache.set(argument, value)
            else expect(cache.get(argument)).toBe(value)
            model.push({ key: argument, value, untilMs: clock.nowMs + 10, storedAs: ++stores })
            drop(model.slice(0, Math.max(0, model.length - size)))
          }
          expect(freed).toEqual(modelFreed)
        }
        cache.clear()
        drop([...model])
        expect(freed).toEqual(modelFreed)
      }),
      { numRuns: 500 },
    )
  })
})
