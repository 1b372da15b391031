import { afterEach, describe, expect, test, vi } from 'vitest'
import { Cache } from '../../src/algorithms/cache.ts'
import { HashingLoadBalancer } from '../../src/algorithms/hashing-load-balancer.ts'
import { LeastWorkLoadBalancer } from '../../src/algorithms/least-work-load-balancer.ts'
import { type BalancerTargets, LoadBalancer } from '../../src/algorithms/load-balancer.ts'
import { RoundRobinLoadBalancer } from '../../src/algorithms/round-robin-load-balancer.ts'
import { RoundRobin } from '../../src/algorithms/selection/round-robin.ts'
import { LIMITS } from '../../src/limits.ts'

afterEach(() => void vi.unstubAllGlobals())

function times<T>(count: number, call: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => call(i))
}

describe.each([
  ['RoundRobinLoadBalancer', RoundRobinLoadBalancer],
  ['LeastWorkLoadBalancer', LeastWorkLoadBalancer],
  ['HashingLoadBalancer', HashingLoadBalancer],
])('%s', (_, Balancer) => {
  test('selects among the targets of a list', () => {
    const balancer = new Balancer(['a', 'b'])
    expect(new Set(times(50, (i) => balancer.select(i)))).toEqual(new Set(['a', 'b']))
  })

  test('passes over targets in its cache of unhealthy ones, until they expire there', () => {
    let nowMs = 0
    const unhealthy = new Cache<string, boolean>({ ttlMs: 1_000, now: () => nowMs })
    const balancer = new Balancer(['a', 'b'], unhealthy)
    unhealthy.set('a', true)
    expect(times(50, (i) => balancer.select(i))).not.toContain('a')
    expect(times(50, (i) => balancer.next({}, i)?.id)).not.toContain('a')
    nowMs = 1_000
    expect(times(50, (i) => balancer.select(`second-${i}`))).toContain('a')
  })

  test('selects nothing without targets', () => {
    const balancer = new Balancer()
    expect([balancer.select('tag'), balancer.next(), balancer.next({})]).toEqual([undefined, null, null])
    balancer.deselect('a')
    balancer.add('a')
    expect([balancer.select('tag'), balancer.next({})?.id]).toEqual(['a', 'a'])
  })

  test('gives a borrower the same object until it gives it back', () => {
    const balancer = new Balancer(['a', 'b', 'c'])
    const [one, other] = [{}, {}]
    const borrowed = balancer.next(one, 'key')
    expect([balancer.next(one), balancer.next(one, 'another key')]).toEqual([borrowed, borrowed])
    expect(balancer.next(one)).toBe(borrowed)
    expect(balancer.next(other, 'key')).not.toBe(borrowed)
    balancer.release(one)
    balancer.release(one)
    balancer.release({})
    expect(balancer.next({}, 'key')?.id).toBe(balancer.next({}, 'key')?.id)
  })
})

describe('LoadBalancer.select', () => {
  test('takes turns by weight', () => {
    expect(
      times(8, () => undefined)
        .map(
          (
            (b) => () =>
              b.select()
          )(new RoundRobinLoadBalancer({ z: 2, a: 1, m: 1 })),
        )
        .join(''),
    ).toBe('zamzzamz')
  })

  test('keeps a tag at its target while that is on the list and healthy', () => {
    const unhealthy = new Cache<string, boolean>()
    const balancer = new RoundRobinLoadBalancer(['a', 'b', 'c'], unhealthy)
    expect(times(3, () => balancer.select('tag'))).toEqual(['a', 'a', 'a'])
    unhealthy.set('a', true)
    expect(times(2, () => balancer.select('tag'))).toEqual(['b', 'b'])
    unhealthy.clear()
    expect(balancer.select('tag')).toBe('b')
    balancer.set('b', 0)
    const next = balancer.select('tag')
    expect(next).not.toBe('b')
    balancer.set(['b', 'd'])
    expect(['b', 'd']).toContain(balancer.select('tag'))
  })

  test('remembers the choice of a tag while no target is left', () => {
    const unhealthy = new Cache<string, boolean>()
    const balancer = new RoundRobinLoadBalancer(['a', 'b'], unhealthy)
    balancer.select()
    expect(balancer.select('tag')).toBe('b')
    for (const target of ['a', 'b']) unhealthy.set(target, true)
    expect(balancer.select('tag')).toBeUndefined()
    unhealthy.clear()
    expect(balancer.select('tag')).toBe('b')
  })

  test('treats null as no tag', () => {
    const balancer = new RoundRobinLoadBalancer(['a', 'b'])
    expect(times(4, () => balancer.select(null)).join('')).toBe('abab')
  })

  test('forgets the tags that were used least recently', () => {
    const balancer = new RoundRobinLoadBalancer(['a', 'b', 'c'])
    expect([balancer.select('first'), balancer.select('second')]).toEqual(['a', 'b'])
    for (let i = 0; i < LIMITS.maxBalancerTags - 2; i++) balancer.select(i)
    expect(balancer.select('first')).toBe('a')
    // One more tag, and "second" has to go: it is chosen anew, when it is the turn of another target.
    const turn = [balancer.select('one more'), balancer.select('second')]
    expect(turn[1]).toBe({ a: 'b', b: 'c', c: 'a' }[turn[0] ?? ''])
    expect(balancer.select('first')).toBe('a')
  })

  test('asks another cache of unhealthy targets when one is given', () => {
    const [own, other] = [new Cache<string, boolean>(), new Cache<string, boolean>()]
    own.set('a', true)
    other.set('b', true)
    const balancer = new RoundRobinLoadBalancer(['a', 'b'], own)
    expect([balancer.select(), balancer.select(undefined, other), balancer.next(null, undefined, other)?.id]).toEqual([
      'b',
      'a',
      'a',
    ])
  })

  test('counts work until it is deselected', () => {
    const balancer = new LeastWorkLoadBalancer(['a', 'b'])
    expect(times(4, () => balancer.select()).join('')).toBe('abab')
    balancer.deselect('b')
    balancer.deselect('b')
    expect(times(2, () => balancer.select()).join('')).toBe('bb')
  })

  test('counts the work of tags as well', () => {
    const balancer = new LeastWorkLoadBalancer(['a', 'b'])
    expect(times(3, () => balancer.select('tag')).join('')).toBe('aaa')
    expect(times(4, () => balancer.select()).join('')).toBe('bbba')
  })
})

describe('LoadBalancer.set', () => {
  test('changes the weight of one target, or adds it', () => {
    const balancer = new RoundRobinLoadBalancer(['a'])
    balancer.set('b', 3)
    expect(times(8, () => balancer.select()).filter((target) => target === 'b')).toHaveLength(6)
    balancer.set('a', -1)
    expect(new Set(times(4, () => balancer.select()))).toEqual(new Set(['b']))
  })

  test('replaces the whole list', () => {
    const balancer = new RoundRobinLoadBalancer(['a', 'b'])
    balancer.set({ b: 1, c: 1 })
    expect(new Set(times(6, () => balancer.select()))).toEqual(new Set(['b', 'c']))
    balancer.set([])
    expect(balancer.select()).toBeUndefined()
  })

  test.each<[unknown, string]>([
    [[1], 'Cannot balance to target "1": expected text such as "host:port"'],
    [[undefined], 'Cannot balance to target "undefined"'],
    [{ a: '2' }, 'Cannot balance to target "a": weight is "2", expected a number'],
    [{ a: Number.NaN }, 'weight is "NaN"'],
    [{ a: Number.POSITIVE_INFINITY }, 'weight is "Infinity"'],
    [1, 'Cannot balance to "1": expected an array of targets or weights by target'],
  ])('refuses %j and leaves the list as it was', (targets, message) => {
    const balancer = new RoundRobinLoadBalancer(['x'])
    const set = (): void => balancer.set(targets as BalancerTargets)
    expect(set).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
    expect(set).toThrow(message)
    expect(balancer.select()).toBe('x')
    expect(() => new RoundRobinLoadBalancer(targets as BalancerTargets)).toThrow(message)
  })

  test('refuses a weight that is left out', () => {
    expect(() => new RoundRobinLoadBalancer().set('a', undefined as never)).toThrow('weight is "undefined"')
  })

  test('takes names that objects inherit as targets', () => {
    const balancer = new RoundRobinLoadBalancer(['__proto__', 'constructor'])
    expect(times(2, () => balancer.next({})?.id)).toEqual(['__proto__', 'constructor'])
    expect(new RoundRobinLoadBalancer({}).select('constructor')).toBeUndefined()
  })
})

describe('LoadBalancer.next', () => {
  test('gives back the object that was returned last', () => {
    const balancer = new RoundRobinLoadBalancer(['a'])
    const borrowers = times(3, () => ({}))
    const borrowed = borrowers.map((borrower) => balancer.next(borrower))
    expect(new Set(borrowed).size).toBe(3)
    for (const borrower of borrowers) balancer.release(borrower)
    expect(times(3, () => balancer.next({}))).toEqual([borrowed[2], borrowed[1], borrowed[0]])
    expect(balancer.next({})).not.toBe(borrowed[0])
  })

  test('counts a borrower as work until it gives back', () => {
    const balancer = new LeastWorkLoadBalancer(['a', 'b'])
    const borrowers = times(4, () => ({}))
    expect(borrowers.map((borrower) => balancer.next(borrower)?.id).join('')).toBe('abab')
    for (const borrower of borrowers) balancer.next(borrower)
    for (const i of [1, 3]) balancer.release(borrowers[i] as object)
    expect(times(2, () => balancer.next({})?.id)).toEqual(['b', 'b'])
  })

  test('moves a borrower whose target goes off the list or turns unhealthy, and returns what it had', () => {
    const unhealthy = new Cache<string, boolean>()
    const balancer = new RoundRobinLoadBalancer(['a', 'b'], unhealthy)
    const borrower = {}
    const first = balancer.next(borrower)
    unhealthy.set('a', true)
    expect(balancer.next(borrower)?.id).toBe('b')
    balancer.set(['a'])
    expect(balancer.next(borrower)).toBeNull()
    unhealthy.clear()
    expect(balancer.next(borrower)).toBe(first)
  })

  test('without a borrower selects at each call, and gives all the same object of a target', () => {
    const balancer = new RoundRobinLoadBalancer(['a', 'b'])
    const [a, b, again] = [balancer.next(), balancer.next(null), balancer.next(undefined)]
    expect([a, b]).toEqual([{ id: 'a' }, { id: 'b' }])
    expect(again).toBe(a)
    expect(balancer.next({})).not.toBe(b)
  })

  test('keeps a key at its target for different borrowers, with an object for each', () => {
    const balancer = new RoundRobinLoadBalancer(['a', 'b', 'c'])
    const borrowed = times(3, () => balancer.next({}, 'user'))
    expect(borrowed).toEqual([{ id: 'a' }, { id: 'a' }, { id: 'a' }])
    expect(new Set(borrowed).size).toBe(3)
  })

  test('takes back what a borrower had that was garbage-collected', () => {
    const registered: { held: unknown; token: unknown }[] = []
    let collect: (held: unknown) => void = () => undefined
    vi.stubGlobal(
      'FinalizationRegistry',
      class {
        constructor(callback: (held: unknown) => void) {
          collect = callback
        }
        register(_: object, held: unknown, token: unknown): void {
          registered.push({ held, token })
        }
        unregister(token: unknown): void {
          registered.splice(0, registered.length, ...registered.filter((entry) => entry.token !== token))
        }
      },
    )
    const balancer = new LeastWorkLoadBalancer(['a', 'b'])
    const released = {}
    const borrowed = balancer.next({})
    balancer.next(released)
    balancer.release(released)
    expect(registered).toHaveLength(1)
    collect(registered[0]?.held)
    expect(times(3, () => balancer.next({})?.id)).toEqual(['a', 'b', 'a'])
    expect(borrowed?.id).toBe('a')
  })

  test.each(['text', 1, true])('refuses borrower %j', (borrower) => {
    expect(() => new RoundRobinLoadBalancer(['a']).next(borrower as never)).toThrow(
      `Cannot borrow a target for "${borrower}": expected an object`,
    )
  })
})

test('LoadBalancer takes any selection', () => {
  const balancer = new LoadBalancer(new RoundRobin(), { a: 1, b: 1 })
  expect(times(3, () => balancer.select()).join('')).toBe('aba')
})
