import * as fc from 'fast-check'
import { describe, expect, expectTypeOf, test, vi } from 'vitest'
import { ResourcePool } from '../../src/algorithms/resource-pool.ts'
import { LIMITS } from '../../src/limits.ts'

function createPool(options = {}): ResourcePool<number, string> {
  let last = 0
  return new ResourcePool<number, string>(() => ++last, options)
}

describe('ResourcePool', () => {
  test('hands out as the Pipy reference says', () => {
    const pool = createPool()
    const [x, y] = [pool.allocate('x'), pool.allocate('y')]
    expect([x, y]).toEqual([1, 2])
    pool.free(x)
    pool.free(y)
    expect(['x', 'x', 'y', 'z'].map((name) => pool.allocate(name))).toEqual([1, 3, 2, 4])
    pool.free(3)
    pool.free(1)
    expect(['x', 'x', 'x'].map((name) => pool.allocate(name))).toEqual([3, 1, 5])
  })

  test('gives the allocator the pool and the tenant', () => {
    const allocator = vi.fn((pool: string, tenant: unknown) => ({ pool, tenant }))
    const pool = new ResourcePool(allocator)
    pool.allocate('x')
    pool.allocate('x', 'tenant')
    expect(allocator.mock.calls).toEqual([
      ['x', undefined],
      ['x', 'tenant'],
    ])
  })

  test('has one pool for those who name none', () => {
    let last = 0
    const pool = new ResourcePool(() => ++last)
    const first = pool.allocate()
    pool.free(first)
    expect([pool.allocate(), pool.allocate(), pool.allocate('other')]).toEqual([1, 2, 3])
  })

  test('ignores what is free already and what it never handed out', () => {
    const pool = createPool()
    const first = pool.allocate('x')
    pool.free(first)
    pool.free(first)
    pool.free(99)
    expect([pool.freeCount, pool.allocate('x'), pool.allocate('x')]).toEqual([1, 1, 2])
  })

  test('counts what is allocated and what is free', () => {
    const pool = createPool()
    pool.free(pool.allocate('x'))
    pool.allocate('y')
    expect([pool.allocatedCount, pool.freeCount]).toEqual([1, 1])
  })

  test('hands out nothing when the allocator throws', () => {
    const pool = new ResourcePool<number, string>(() => {
      throw new Error('none left')
    })
    expect(() => pool.allocate('x', 'tenant')).toThrow('none left')
    pool.freeTenant('tenant')
    expect([pool.allocatedCount, pool.freeCount]).toEqual([0, 0])
  })

  test('takes the same time for the first and the last of a long list', () => {
    const pool = createPool()
    const resources = Array.from({ length: 50_000 }, () => pool.allocate('x'))
    for (const resource of resources) pool.free(resource)
    expect(resources.map(() => pool.allocate('x'))).toEqual(resources)
  })

  test.each(['__proto__', 'constructor'])('keeps pools and tenants named %s apart', (name) => {
    const pool = createPool()
    const resource = pool.allocate(name, name)
    expect(pool.allocate(name, name)).toBe(resource)
    pool.freeTenant(name)
    expect([pool.allocate('other'), pool.allocate(name)]).toEqual([2, 1])
  })

  test('refuses an allocator that is no function and a limit that is no number', () => {
    expect(() => new ResourcePool(undefined as never)).toThrow(
      'Cannot create ResourcePool: allocator is undefined, expected a function',
    )
    expect(() => new ResourcePool(() => 1, { maxFree: -1 })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    )
  })

  test('needs a pool exactly when the allocator does', () => {
    const connections = new ResourcePool((target: string) => target)
    expectTypeOf<Parameters<typeof connections.allocate>>().toEqualTypeOf<[pool: string, tenant?: unknown]>()
    const ids = new ResourcePool(() => 1)
    expectTypeOf<Parameters<typeof ids.allocate>>().toEqualTypeOf<[pool?: unknown, tenant?: unknown]>()
    expect(connections.allocate('host:80')).toBe('host:80')
  })
})

describe('ResourcePool tenants', () => {
  test('get the same resource of a pool until it is freed', () => {
    const pool = createPool()
    const held = pool.allocate('x', 'a')
    expect([pool.allocate('x', 'a'), pool.allocate('y', 'a'), pool.allocate('x', 'b'), pool.allocate('x')]).toEqual([
      held,
      2,
      3,
      4,
    ])
    pool.free(held)
    expect([pool.allocate('x', 'b'), pool.allocate('x', 'a')]).toEqual([3, held])
  })

  test('give back all they have at once, first allocated first', () => {
    const pool = createPool()
    const tenant = {}
    for (const name of ['x', 'y']) pool.allocate(name, tenant)
    pool.allocate('x', 'other')
    pool.freeTenant(tenant)
    pool.freeTenant(tenant)
    pool.freeTenant('unknown')
    expect([pool.allocatedCount, pool.freeCount]).toEqual([1, 2])
    expect([pool.allocate('y'), pool.allocate('x')]).toEqual([2, 1])
  })

  test('keep undefined as a resource as well', () => {
    const allocator = vi.fn(() => undefined)
    const pool = new ResourcePool(allocator)
    pool.allocate('x', 'a')
    pool.allocate('x', 'a')
    expect(allocator).toHaveBeenCalledTimes(1)
  })
})

describe('ResourcePool.maxFree', () => {
  test('drops the one that has been free longest, of whatever pool, and tells', () => {
    const destroy = vi.fn()
    const pool = createPool({ maxFree: 2, destroy })
    const [x, y, z] = [pool.allocate('x'), pool.allocate('y'), pool.allocate('x')]
    for (const resource of [y, x, z]) pool.free(resource)
    expect(destroy.mock.calls).toEqual([[y, 'y']])
    expect([pool.freeCount, pool.allocate('y'), pool.allocate('x'), pool.allocate('x')]).toEqual([2, 4, x, z])
  })

  test('bounds pools that are named by requests', () => {
    const pool = createPool()
    for (let i = 0; i < LIMITS.maxFreeResources + 10; i++) pool.free(pool.allocate(`host-${i}`))
    expect(pool.freeCount).toBe(LIMITS.maxFreeResources)
  })

  test('of 0 keeps none', () => {
    const pool = createPool({ maxFree: 0 })
    pool.free(pool.allocate('x'))
    expect([pool.freeCount, pool.allocate('x')]).toEqual([0, 2])
  })
})

test('ResourcePool property: every pool is a queue, and no resource has two owners', () => {
  const step = fc.tuple(fc.constantFrom('allocate', 'free'), fc.constantFrom('x', 'y', 'z'), fc.nat(20))
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.array(step, { maxLength: 80, size: 'max' }), (maxFree, steps) => {
      const pool = createPool({ maxFree })
      const held: { resource: number; name: string }[] = []
      const waiting: { resource: number; name: string }[] = []
      let last = 0
      for (const [call, name, i] of steps) {
        if (call === 'allocate') {
          const at = waiting.findIndex((item) => item.name === name)
          const expected = at < 0 ? ++last : (waiting.splice(at, 1)[0]?.resource ?? 0)
          expect(pool.allocate(name)).toBe(expected)
          held.push({ resource: expected, name })
        } else {
          const [item] = held.splice(i % Math.max(1, held.length), 1)
          if (item === undefined) continue
          pool.free(item.resource)
          waiting.push(item)
          if (waiting.length > maxFree) waiting.shift()
        }
        expect([pool.allocatedCount, pool.freeCount]).toEqual([held.length, waiting.length])
      }
    }),
  )
})
