import * as fc from 'fast-check'
import { describe, expect, expectTypeOf, test, vi } from 'vitest'
import { Cache } from '../../src/algorithms/cache.ts'
import { LIMITS } from '../../src/limits.ts'

/** A clock that stands until it is moved. */
function createClock(): { nowMs: number; readonly now: () => number } {
  const clock = { nowMs: 1_000, now: () => clock.nowMs }
  return clock
}

describe('Cache.get', () => {
  test('allocates on a miss, with the key alone, and once', () => {
    const allocate = vi.fn((key: string) => key.toUpperCase())
    const cache = new Cache(allocate)
    expect([cache.get('a'), cache.get('a'), cache.get('b')]).toEqual(['A', 'A', 'B'])
    expect(allocate.mock.calls).toEqual([['a'], ['b']])
  })

  test('gives undefined on a miss without an allocator, and stores nothing', () => {
    const cache = new Cache<string, number>()
    expect([cache.get('a'), cache.has('a'), cache.size]).toEqual([undefined, false, 0])
  })

  test.each([undefined, null, 0, ''])('stores %j as any other value', (value) => {
    const allocate = vi.fn((_key: string) => value)
    const cache = new Cache(allocate)
    expect([cache.get('a'), cache.get('a'), cache.has('a')]).toEqual([value, value, true])
    expect(allocate).toHaveBeenCalledTimes(1)
  })

  test('stores nothing when the allocator throws, and tries again', () => {
    let isBroken = true
    const cache = new Cache((key: string) => {
      if (isBroken) throw new Error(`no ${key}`)
      return key
    })
    expect(() => cache.get('a')).toThrow('no a')
    expect([cache.has('a'), cache.size]).toEqual([false, 0])
    isBroken = false
    expect(cache.get('a')).toBe('a')
  })

  test('keeps to the size limit', () => {
    const free = vi.fn()
    const cache = new Cache(2, (key: string) => key, free)
    for (const key of ['a', 'b', 'a', 'c']) cache.get(key)
    expect([cache.size, cache.has('a'), cache.has('b'), cache.has('c')]).toEqual([2, true, false, true])
    expect(free.mock.calls).toEqual([['b', 'b']])
  })

  test('tells keys apart as a Map does', () => {
    const [one, other] = [{}, {}]
    const cache = new Cache<unknown, number>()
    for (const [i, key] of [one, other, 1, '1', Number.NaN, undefined, null, '__proto__', 'constructor'].entries()) cache.set(key, i)
    expect([one, other, 1, '1', Number.NaN, undefined, null, '__proto__', 'constructor'].map((key) => cache.get(key))).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8,
    ])
    expect([cache.get('toString'), cache.get({})]).toEqual([undefined, undefined])
  })

  test('may be called by the allocator for another key', () => {
    const cache: Cache<number, number> = new Cache((n: number): number => (n < 2 ? n : (cache.get(n - 1) ?? 0) + (cache.get(n - 2) ?? 0)))
    expect(cache.get(50)).toBe(12_586_269_025)
  })
})

describe('Cache.set', () => {
  test('overwrites in place: frees nothing and changes no order', () => {
    const free = vi.fn()
    const cache = new Cache<string, number>(2, null, free)
    cache.set('a', 1)
    cache.set('b', 2)
    cache.set('a', 3)
    expect(free).not.toHaveBeenCalled()
    cache.set('c', 4)
    expect(free.mock.calls).toEqual([['a', 3]])
  })

  test('evicts the least recently used, and get and find count as use, has does not', () => {
    const free = vi.fn()
    const cache = new Cache<string, number>(null, free, { size: 3 })
    for (const [i, key] of ['a', 'b', 'c'].entries()) cache.set(key, i)
    cache.get('a')
    cache.find('b')
    cache.has('c')
    for (const key of ['d', 'e', 'f']) cache.set(key, 9)
    expect(free.mock.calls).toEqual([
      ['c', 2],
      ['a', 0],
      ['b', 1],
    ])
  })

  test('has stored the value when free throws on eviction', () => {
    const cache = new Cache<string, number>(1, null, (key) => {
      throw new Error(`free ${key}`)
    })
    cache.set('a', 1)
    expect(() => cache.set('b', 2)).toThrow('free a')
    expect([cache.size, cache.get('b'), cache.has('a')]).toEqual([1, 2, false])
  })
})

describe('Cache.remove', () => {
  test('frees, and tells whether there was something', () => {
    const free = vi.fn()
    const cache = new Cache((key: string) => key, free)
    cache.get('a')
    expect([cache.remove('a'), cache.remove('a'), cache.remove('b')]).toEqual([true, false, false])
    expect(free.mock.calls).toEqual([['a', 'a']])
    expect(cache.has('a')).toBe(false)
  })

  test('has removed the entry when free throws', () => {
    const cache = new Cache<string, number>(null, () => {
      throw new Error('free')
    })
    cache.set('a', 1)
    expect(() => cache.remove('a')).toThrow('free')
    expect([cache.has('a'), cache.remove('a')]).toEqual([false, false])
  })
})

describe('Cache.clear', () => {
  test('frees the least recently used first', () => {
    const freed: string[] = []
    const cache = new Cache<string, string>((key) => key, (key) => freed.push(key))
    for (const key of ['a', 'b', 'c', 'a']) cache.get(key)
    cache.clear()
    expect([freed, cache.size]).toEqual([['b', 'c', 'a'], 0])
    cache.clear()
    expect(freed).toHaveLength(3)
  })

  test('frees the rest when free throws, empties itself, and throws the first error', () => {
    const freed: string[] = []
    const cache = new Cache<string, string>((key) => key, (key) => {
      freed.push(key)
      if (key !== 'b') throw new Error(`free ${key}`)
    })
    for (const key of ['a', 'b', 'c']) cache.get(key)
    expect(() => cache.clear()).toThrow('free a')
    expect([freed, cache.size]).toEqual([['a', 'b', 'c'], 0])
  })

  test('keeps what free stores meanwhile, and frees nothing twice', () => {
    const freed: string[] = []
    const cache: Cache<string, string> = new Cache<string, string>((key) => key, (key) => {
      freed.push(key)
      if (key === 'a') cache.get('new')
      cache.remove('b')
      if (freed.length < 3) cache.clear()
    })
    for (const key of ['a', 'b', 'c']) cache.get(key)
    cache.clear()
    expect(freed.sort()).toEqual(['a', 'b', 'c', 'new'])
    expect(cache.size).toBe(0)
  })
})

describe('Cache with a time to live', () => {
  test('misses an entry from the moment on at which it expires, and allocates again', () => {
    const clock = createClock()
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
    const clock = createClock()
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
    const clock = createClock()
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
    const clock = createClock()
    const cache = new Cache((key: string) => ((clock.nowMs += 500), key), { ttlMs: 100, now: clock.now })
    cache.get('a')
    expect(cache.has('a')).toBe(true)
  })

  test('frees all that expired when free throws, and throws the first error to whoever called', () => {
    const clock = createClock()
    const freed: string[] = []
    const cache = new Cache<string, number>(null, (key) => {
      freed.push(key)
      throw new Error(`free ${key}`)
    }, { ttlMs: 100, now: clock.now })
    cache.set('a', 1)
    cache.set('b', 2)
    clock.nowMs += 100
    expect(() => cache.has('x')).toThrow('free a')
    expect([freed, cache.has('a')]).toEqual([['a', 'b'], false])
  })

  test('frees nothing twice when free clears the cache', () => {
    const clock = createClock()
    const freed: string[] = []
    const cache: Cache<string, number> = new Cache<string, number>(null, (key) => {
      freed.push(key)
      cache.clear()
    }, { ttlMs: 100, now: clock.now })
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

describe('new Cache', () => {
  test.each<[string, () => Cache<string, string>]>([
    ['(allocate, free, options)', () => new Cache((key: string) => key, () => undefined, { size: 1 })],
    ['(allocate, options)', () => new Cache((key: string) => key, { size: 1 })],
    ['(undefined, options)', () => new Cache<string, string>(undefined, { size: 1 })],
    ['(options)', () => new Cache<string, string>({ size: 1 })],
    ['(sizeLimit)', () => new Cache<string, string>(1)],
    ['(sizeLimit, allocate, free)', () => new Cache(1, (key: string) => key, () => undefined)],
    ['(null, null, options)', () => new Cache<string, string>(null, null, { size: 1 })],
  ])('%s limits the size', (_, create) => {
    const cache = create()
    cache.set('a', '1')
    cache.set('b', '2')
    expect([cache.size, cache.get('b')]).toEqual([1, '2'])
  })

  test('has the limit of the table when none is given, and none with 0', () => {
    const [limited, unlimited] = [new Cache<number, number>(), new Cache<number, number>(0)]
    for (let i = 0; i <= LIMITS.maxCacheEntries; i++) {
      limited.set(i, i)
      unlimited.set(i, i)
    }
    expect([limited.size, limited.has(0), unlimited.size]).toEqual([LIMITS.maxCacheEntries, false, LIMITS.maxCacheEntries + 1])
  })

  test.each([
    [[-1], 'Cannot create Cache: size is "-1", expected a number from 0 up'],
    [[Number.NaN], 'size is "NaN"'],
    [[{ ttlMs: '10s' }], 'ttlMs is "10s"'],
    [['allocate'], 'Cannot create Cache: allocate is string, expected a function'],
    [[null, 'free'], 'free is string'],
    [[{ size: 1 }, () => 1], 'allocate is object'],
    [[1, { ttlMs: 1 }], 'allocate is object'],
  ])('refuses %j', (values, message) => {
    const create = (): unknown => new Cache(...(values as []))
    expect(create).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
    expect(create).toThrow(message)
  })

  test('takes its types from what it is assigned to, or from the allocator', () => {
    const assigned: Cache<string, number> = new Cache((key) => key.length, (_key, value) => value.toFixed())
    expectTypeOf(assigned.get('a')).toEqualTypeOf<number | undefined>()
    expectTypeOf(new Cache((key: number) => [key])).toEqualTypeOf<Cache<number, number[]>>()
    expect(assigned.get('abc')).toBe(3)
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
        const clock = createClock()
        const freed: number[] = []
        const modelFreed: number[] = []
        let last = 0
        const cache = new Cache<number, number>(() => ++last, (_, value) => freed.push(value), { size, ttlMs: 10, now: clock.now })
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
