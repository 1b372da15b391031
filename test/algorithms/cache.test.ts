import { describe, expect, expectTypeOf, test, vi } from 'vitest'
import { Cache } from '../../src/algorithms/cache.ts'
import { LIMITS } from '../../src/limits.ts'

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
    for (const [i, key] of [one, other, 1, '1', Number.NaN, undefined, null, '__proto__', 'constructor'].entries())
      cache.set(key, i)
    expect(
      [one, other, 1, '1', Number.NaN, undefined, null, '__proto__', 'constructor'].map((key) => cache.get(key)),
    ).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    expect([cache.get('toString'), cache.get({})]).toEqual([undefined, undefined])
  })

  test('may be called by the allocator for another key', () => {
    const cache: Cache<number, number> = new Cache((n: number): number =>
      n < 2 ? n : (cache.get(n - 1) ?? 0) + (cache.get(n - 2) ?? 0),
    )
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
    const cache = new Cache<string, string>(
      (key) => key,
      (key) => freed.push(key),
    )
    for (const key of ['a', 'b', 'c', 'a']) cache.get(key)
    cache.clear()
    expect([freed, cache.size]).toEqual([['b', 'c', 'a'], 0])
    cache.clear()
    expect(freed).toHaveLength(3)
  })

  test('frees the rest when free throws, empties itself, and throws the first error', () => {
    const freed: string[] = []
    const cache = new Cache<string, string>(
      (key) => key,
      (key) => {
        freed.push(key)
        if (key !== 'b') throw new Error(`free ${key}`)
      },
    )
    for (const key of ['a', 'b', 'c']) cache.get(key)
    expect(() => cache.clear()).toThrow('free a')
    expect([freed, cache.size]).toEqual([['a', 'b', 'c'], 0])
  })

  test('keeps what free stores meanwhile, and frees nothing twice', () => {
    const freed: string[] = []
    const cache: Cache<string, string> = new Cache<string, string>(
      (key) => key,
      (key) => {
        freed.push(key)
        if (key === 'a') cache.get('new')
        cache.remove('b')
        if (freed.length < 3) cache.clear()
      },
    )
    for (const key of ['a', 'b', 'c']) cache.get(key)
    cache.clear()
    expect(freed.sort()).toEqual(['a', 'b', 'c', 'new'])
    expect(cache.size).toBe(0)
  })
})

describe('new Cache', () => {
  test.each<[string, () => Cache<string, string>]>([
    [
      '(allocate, free, options)',
      () =>
        new Cache(
          (key: string) => key,
          () => undefined,
          { size: 1 },
        ),
    ],
    ['(allocate, options)', () => new Cache((key: string) => key, { size: 1 })],
    ['(undefined, options)', () => new Cache<string, string>(undefined, { size: 1 })],
    ['(options)', () => new Cache<string, string>({ size: 1 })],
    ['(sizeLimit)', () => new Cache<string, string>(1)],
    [
      '(sizeLimit, allocate, free)',
      () =>
        new Cache(
          1,
          (key: string) => key,
          () => undefined,
        ),
    ],
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
    expect([limited.size, limited.has(0), unlimited.size]).toEqual([
      LIMITS.maxCacheEntries,
      false,
      LIMITS.maxCacheEntries + 1,
    ])
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
    const assigned: Cache<string, number> = new Cache(
      (key) => key.length,
      (_key, value) => value.toFixed(),
    )
    expectTypeOf(assigned.get('a')).toEqualTypeOf<number | undefined>()
    expectTypeOf(new Cache((key: number) => [key])).toEqualTypeOf<Cache<number, number[]>>()
    expect(assigned.get('abc')).toBe(3)
  })
})
