import { describe, expect, test } from 'vitest'
import { BALANCER_NAMES, type BalancerName, createBalancer } from '../../../src/algorithms/balancers/create-balancer.ts'

describe('createBalancer', () => {
  test.each(BALANCER_NAMES)('makes a new "%s" that knows its name', (name) => {
    expect(createBalancer(name).name).toBe(name)
    expect(createBalancer(name)).not.toBe(createBalancer(name))
  })

  test.each(['roundrobin', '', 'constructor', '__proto__'])('refuses the name "%s"', (name) => {
    const create = (): unknown => createBalancer(name as BalancerName)
    expect(create).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
    expect(create).toThrow(`Cannot create balancer "${name}": expected one of round-robin, random, least-connections`)
  })
})
