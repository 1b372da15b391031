import { describe, expect, test, vi } from 'vitest'
import type { LoadBalancer } from '../../src/algorithms/load-balancer.ts'
import { InboundConnection } from '../../src/engine/inbound-connection.ts'
import { createScriptAlgo } from '../../src/script/script-algo.ts'
import { ScriptScope } from '../../src/script/script-scope.ts'

type ScriptClass = new (...values: unknown[]) => Readonly<Record<string, (...values: unknown[]) => unknown>>

const info = { remoteAddress: '127.0.0.1', remotePort: 1, localAddress: '127.0.0.1', localPort: 8000 }

function createAlgo(scope = new ScriptScope()): Readonly<Record<string, ScriptClass>> {
  return createScriptAlgo(scope) as Readonly<Record<string, ScriptClass>>
}

function create(name: string, ...values: unknown[]): InstanceType<ScriptClass> {
  return new (createAlgo()[name] as ScriptClass)(...values)
}

describe('algo of scripts', () => {
  test('has the classes and functions of Pipy', () => {
    expect(Object.keys(createAlgo()).sort()).toEqual([
      'Cache',
      'HashingLoadBalancer',
      'LeastWorkLoadBalancer',
      'Percentile',
      'Quota',
      'ResourcePool',
      'RoundRobinLoadBalancer',
      'Service',
      'URLRouter',
      'hash',
      'uuid',
    ])
  })

  test.each(['LoadBalancer', 'SharedMap'])('says that it has no %s', (name) => {
    expect(() => createAlgo()[name]).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }))
    expect(() => createAlgo()[name]).toThrow(`Cannot use algo.${name}: Sluice does not have this class of Pipy`)
  })

  test('counts in a Percentile by both of Pipy’s names', () => {
    const percentile = create('Percentile', [1, 2])
    percentile['score']?.(1)
    percentile['observe']?.(2)
    expect([percentile['calculate']?.(50), percentile['calculate']?.(100)]).toEqual([1, 2])
  })
})

describe('algo.Cache of scripts', () => {
  test.each([
    ['a number', 10, 10_000],
    ['text', '10s', 10_000],
    ['minutes', '1m', 60_000],
  ])('takes ttl as %s', (_, ttl, ttlMs) => {
    vi.useFakeTimers({ toFake: ['performance'] })
    try {
      const cache = create('Cache', (key: unknown) => ({ key }), null, { ttl })
      const first = cache['get']?.('a')
      vi.advanceTimersByTime(ttlMs - 1)
      expect(cache['get']?.('a')).toBe(first)
      vi.advanceTimersByTime(1)
      expect(cache['get']?.('a')).not.toBe(first)
    } finally {
      vi.useRealTimers()
    }
  })

  test.each<[string, unknown[]]>([
    ['(sizeLimit, allocate, free)', [2, (key: unknown) => key, () => undefined]],
    ['(allocate, free, options)', [(key: unknown) => key, () => undefined, { size: 2 }]],
    ['(allocate, options)', [(key: unknown) => key, { size: '2', ttl: null }]],
    ['(options)', [{ size: 2 }]],
  ])('takes %s', (_, values) => {
    const cache = create('Cache', ...values)
    for (const key of ['a', 'b', 'c']) cache['set']?.(key, key)
    expect(['a', 'b', 'c'].map((key) => cache['has']?.(key))).toEqual([false, true, true])
  })

  test.each([
    [
      { ttl: '500ms' },
      'Cannot create Cache: option "ttl" expects a number of seconds or a time such as "10s", got "500ms"',
    ],
    [{ size: 'big' }, 'Cannot create Cache: option "size" expects a number or a size such as "1k", got "big"'],
    [{ ttlMs: 1 }, 'Cannot create Cache: unknown option "ttlMs"; the options are size, ttl'],
    ['text', 'Cannot create Cache: allocate is string, expected a function'],
  ])('refuses %j', (value, message) => {
    expect(() => create('Cache', value)).toThrow(message)
  })
})

describe.each(['RoundRobinLoadBalancer', 'LeastWorkLoadBalancer', 'HashingLoadBalancer'])(
  'algo.%s of scripts',
  (name) => {
    test('borrows for the client connection that is current, which gives back when it closes', () => {
      const scope = new ScriptScope()
      const balancer = new (createAlgo(scope)[name] as ScriptClass)(['a']) as unknown as LoadBalancer
      const next = scope.wrapProvider(() => balancer.next())
      const [one, other] = [new InboundConnection({ info }), new InboundConnection({ info })]
      const borrowed = next({ __inbound: one })
      expect([next({ __inbound: one }), next({ __inbound: other })]).toEqual([borrowed, { id: 'a' }])
      expect(next({ __inbound: one })).toBe(borrowed)
      expect(next({ __inbound: other })).not.toBe(borrowed)
      one.tellClosed()
      expect(next({ __inbound: new InboundConnection({ info }) })).toBe(borrowed)
    })

    test('lends nothing for longer to a connection that has closed already', () => {
      const scope = new ScriptScope()
      const balancer = new (createAlgo(scope)[name] as ScriptClass)(['a']) as unknown as LoadBalancer
      const next = scope.wrapProvider(() => balancer.next())
      const closed = new InboundConnection({ info })
      closed.tellClosed()
      const borrowed = next({ __inbound: closed })
      expect(next({ __inbound: new InboundConnection({ info }) })).toBe(borrowed)
    })

    test('borrows for the borrower that is given, also by the name of borrow', () => {
      const balancer = create(name, ['a'])
      const borrower = {}
      expect(balancer['borrow']?.(borrower)).toBe(balancer['next']?.(borrower))
      expect(balancer['next']?.({})).not.toBe(balancer['next']?.(borrower))
    })

    test('borrows nothing in a task, where there is no connection', () => {
      const scope = new ScriptScope()
      const balancer = new (createAlgo(scope)[name] as ScriptClass)(['a']) as unknown as LoadBalancer
      const next = scope.wrapProvider(() => balancer.next())
      expect(next({ __inbound: null })).toBe(next({ __inbound: null }))
    })

    test('passes over what is in a cache of unhealthy targets', () => {
      const algo = createAlgo()
      const unhealthy = new (algo['Cache'] as ScriptClass)({ ttl: '1m' })
      const balancer = new (algo[name] as ScriptClass)(['a'], unhealthy)
      expect([balancer['select']?.('tag'), balancer['next']?.({})]).toEqual(['a', { id: 'a' }])
      unhealthy['set']?.('a', true)
      expect([balancer['select']?.('tag'), balancer['next']?.({})]).toEqual([undefined, null])
    })
  },
)
