import { describe, expect, test } from 'vitest'
import { Service } from '../../../src/algorithms/service/service.ts'
import { MessageStart } from '../../../src/events.ts'
import { openSticky } from '../../../src/filters/sticky/open-sticky.ts'
import { addresses } from '../../algorithms/service/open-service.ts'
import { client, openStickyService } from './sticky-service.ts'

const targets = addresses(5)

describe('by header', () => {
  test('keeps the requests of each value at one target, and fails over and stays there', async () => {
    const { request, fail, runtime } = openStickyService({ targets, sticky: { by: 'header', name: 'X-Session' } })
    const first = new Map<string, string>()
    for (let i = 0; i < 20; i++) first.set(`s${i}`, (await request({ 'x-session': `s${i}` })).address)
    expect(new Set(first.values()).size).toBe(5)
    for (const [session, address] of first) expect((await request({ 'x-session': session })).address).toBe(address)
    const lost = first.get('s0') as string
    fail(lost)
    const next = (await request({ 'x-session': 's0' })).address
    expect(next).not.toBe(lost)
    await runtime.advance(2_000)
    expect((await request({ 'x-session': 's0' })).address).toBe(next)
    // Nobody else has moved.
    for (const [session, address] of first) {
      if (address !== lost) expect((await request({ 'x-session': session })).address).toBe(address)
    }
  })

  test('sticks to nothing without a value', async () => {
    const { request } = openStickyService({ targets, sticky: { by: 'header', name: 'x-session' } })
    const seen = new Set<string>()
    for (let i = 0; i < 5; i++) seen.add((await request({ 'x-session': '' })).address)
    expect(seen.size).toBe(5)
  })

  test('keeps requests together that come before the first is answered', async () => {
    const { sticky } = openStickyService({ targets, sticky: { by: 'header', name: 'x-session' } })
    const start = (): MessageStart => new MessageStart({ headers: { 'x-session': 'a' } })
    const marks = [await sticky.read(start(), { __inbound: null }), await sticky.read(start(), { __inbound: null })]
    expect(marks[0]?.target).toBeDefined()
    expect(marks[1]?.target).toBe(marks[0]?.target)
  })

  test('follows a retry that ended elsewhere', async () => {
    const { sticky, service, request } = openStickyService({ targets, sticky: { by: 'header', name: 'x-session' } })
    const mark = await sticky.read(new MessageStart({ headers: { 'x-session': 'a' } }), { __inbound: null })
    const other = service.targets.find((target) => target !== mark.target)
    if (other === undefined) throw new Error('no other target')
    sticky.stick(mark, other)
    expect((await request({ 'x-session': 'a' })).address).toBe(other.address)
  })

  test('forgets a key that has not been seen for ttlMs, and the least recently used beyond maxKeys', async () => {
    const sticky = { by: 'header', name: 'x-session', ttlMs: 1_000, maxKeys: 2 } as const
    const { request, runtime } = openStickyService({ targets, sticky })
    const ask = async (session: string): Promise<string> => (await request({ 'x-session': session })).address
    expect(await ask('a')).toBe('t0:80')
    await runtime.advance(900)
    expect(await ask('a')).toBe('t0:80')
    await runtime.advance(900)
    expect(await ask('a')).toBe('t0:80')
    await runtime.advance(1_001)
    expect(await ask('a')).toBe('t1:80')
    expect([await ask('b'), await ask('c'), await ask('a')]).toEqual(['t2:80', 't3:80', 't4:80'])
  })

  // As cookies of HAProxy and stateful sessions of Envoy, and as a ring of hashes in Envoy.
  test.each([
    ['round-robin', ['b:1', 'b:1']],
    ['maglev', ['b:1', 'a:1']],
  ] as const)(
    '%s: a client that came to a backup stays there, or goes back with its key',
    async (balancer, expected) => {
      const backup = { address: 'b:1', priority: 1 }
      const options = { targets: ['a:1', backup], balancer, sticky: { by: 'header', name: 'x-session' } } as const
      const { request, fail, runtime } = openStickyService(options)
      const ask = async (session: string): Promise<string> => (await request({ 'x-session': session })).address
      expect(await ask('one')).toBe('a:1')
      fail('a:1')
      const during = await ask('one')
      await runtime.advance(1_000)
      expect([during, await ask('one')]).toEqual(expected)
      expect(await ask('another')).toBe('a:1')
    },
  )

  test('leaves it to a balancer that goes by keys, the same one in every process', async () => {
    const options = { targets, balancer: 'maglev', sticky: { by: 'header', name: 'x-session' } } as const
    const [here, there] = [
      openStickyService(options),
      openStickyService({ ...options, targets: [...targets].reverse() }),
    ]
    const seen = new Set<string>()
    for (let i = 0; i < 30; i++) {
      const headers = { 'x-session': `s${i}` }
      const { address } = await here.request(headers)
      seen.add(address)
      expect((await there.request(headers)).address).toBe(address)
      here.fail(address)
      expect((await here.request(headers)).address).not.toBe(address)
      await here.runtime.advance(1_000)
      expect((await here.request(headers)).address).toBe(address)
    }
    expect(seen.size).toBeGreaterThan(2)
  })
})

describe('by address', () => {
  test('keeps the connections of one address at one target', async () => {
    const { request } = openStickyService({ targets, sticky: { by: 'address' } })
    const first = (await request({}, client('10.0.0.1'))).address
    expect((await request({}, client('10.0.0.2'))).address).not.toBe(first)
    expect((await request({}, client('10.0.0.1'))).address).toBe(first)
  })
})

describe('by connection', () => {
  test('keeps the requests of a connection at one target, and fails over and stays there', async () => {
    const { request, fail, runtime } = openStickyService({ targets, sticky: { by: 'connection' } })
    const [one, other] = [client('10.0.0.1'), client('10.0.0.1')]
    const first = (await request({}, one)).address
    expect((await request({}, other)).address).not.toBe(first)
    for (let i = 0; i < 5; i++) expect((await request({}, one)).address).toBe(first)
    fail(first)
    const next = (await request({}, one)).address
    expect(next).not.toBe(first)
    await runtime.advance(2_000)
    expect((await request({}, one)).address).toBe(next)
  })

  test('leaves a target that is taken out of the service', async () => {
    const { request, service } = openStickyService({ targets, sticky: { by: 'connection' } })
    const one = client('10.0.0.1')
    const first = (await request({}, one)).address
    service.set(targets.filter((address) => address !== first))
    expect((await request({}, one)).address).not.toBe(first)
  })

  test('stays with a target that is full: its requests wait there', async () => {
    const { request, service } = openStickyService({
      targets,
      sticky: { by: 'connection' },
      limits: { maxConnectionsPerTarget: 1 },
    })
    const one = client('10.0.0.1')
    const first = (await request({}, one)).address
    const target = service.find(first)
    if (target === undefined) throw new Error('no target')
    service.begin(target)
    expect((await request({}, one)).address).toBe(first)
  })
})

describe('by function', () => {
  test('takes a key or a promise of one, and nothing for nothing', async () => {
    const by = (start: MessageStart, context: object): string | undefined | Promise<string | undefined> => {
      expect(context).toEqual({ __inbound: null })
      const { path } = start.head
      return path === '/' ? Promise.resolve(start.head.headers['x-key'] as string | undefined) : path
    }
    const { request } = openStickyService({ targets, sticky: { by } })
    const first = (await request({ 'x-key': 'a' })).address
    expect((await request({ 'x-key': 'b' })).address).not.toBe(first)
    expect((await request({})).address).toBe('t2:80')
    expect((await request({ 'x-key': 'a' })).address).toBe(first)
  })

  test('lets what the function throws go to whoever reads', () => {
    const { sticky } = openStickyService({
      targets,
      sticky: {
        by() {
          throw new Error('no key')
        },
      },
    })
    expect(() => sticky.read(new MessageStart({}), { __inbound: null })).toThrow('no key')
  })
})

test('a service without stickiness has none', () => {
  expect(openSticky(new Service({ targets }), { now: () => 0 })).toBeUndefined()
})

test('two filters that send to one service share what sticks', async () => {
  const { service, request } = openStickyService({ targets, sticky: { by: 'header', name: 'x-session' } })
  const { address } = await request({ 'x-session': 'a' })
  const second = openSticky(service, { now: () => 0 })
  const mark = await second?.read(new MessageStart({ headers: { 'x-session': 'a' } }), { __inbound: null })
  expect(mark?.target?.address).toBe(address)
})
