import { afterEach, describe, expect, test, vi } from 'vitest'
import type { StickyByCookie } from '../../../src/algorithms/service/sticky-options.ts'
import { MessageStart } from '../../../src/events.ts'
import { addresses } from '../../algorithms/service/open-service.ts'
import { type OpenedSticky, openStickyService } from './sticky-service.ts'

const targets = addresses(5)
const OLD_SECRET = 'the secret of last year'
const SECRET = 'the secret of this year'

afterEach(() => {
  vi.restoreAllMocks()
})

function open(sticky: Partial<StickyByCookie> = {}, others: object = {}): OpenedSticky {
  return openStickyService({ targets, sticky: { by: 'cookie', secrets: [SECRET], ...sticky }, ...others })
}

/** The `name=value` of a Set-Cookie line. */
function pairOf(line: string | undefined): string {
  const pair = line?.split(';', 1)[0]
  if (pair === undefined) throw new Error('there is no cookie')
  return pair
}

describe('a sticky cookie', () => {
  test('is given with the first answer, and keeps the client at its target without another one', async () => {
    const { request } = open()
    const { address, cookie } = await request()
    expect(cookie).toMatch(/^sluice-target=[\w-]{22}\.0\.[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
    for (let i = 0; i < 10; i++) {
      const next = await request({ cookie: `a=b; ${pairOf(cookie)}; c=d` })
      expect(next).toEqual({ address, cookie: undefined })
    }
  })

  test('does not say the address, unless that is wanted', async () => {
    const hidden = await open().request()
    expect(hidden.cookie).not.toContain(hidden.address.split(':')[0])
    const { request } = open({ revealsAddress: true })
    const { cookie, address } = await request()
    expect(cookie).toContain(`sluice-target=${encodeURIComponent(address)}.0.`)
    expect((await request({ cookie: pairOf(cookie) })).address).toBe(address)
  })

  test('has the attributes of the options', async () => {
    const options = { name: 'at', ttlMs: 60_000, path: '/app', domain: 'example.com', secure: true } as const
    const { cookie } = await open({ ...options, httpOnly: false, sameSite: 'None', now: () => 0 }).request()
    expect(cookie).toMatch(/^at=\S+; Path=\/app; Domain=example\.com; Max-Age=60; Secure; SameSite=None$/)
  })

  test('is understood by another process, after a restart and with the targets in another order', async () => {
    const pairs = new Map<string, string>()
    const here = open()
    for (let i = 0; i < 5; i++) {
      const { address, cookie } = await here.request()
      pairs.set(address, pairOf(cookie))
    }
    expect(pairs.size).toBe(5)
    const there = open({}, { targets: [...targets].reverse() })
    for (const [address, cookie] of pairs)
      expect(await there.request({ cookie })).toEqual({ address, cookie: undefined })
  })

  test('keeps a client at the backup that it came to, while new ones go to others again', async () => {
    const { request, fail, runtime } = open({}, { targets: ['a:1', { address: 'b:1', priority: 1 }] })
    const first = await request()
    expect(first.address).toBe('a:1')
    fail('a:1')
    const moved = await request({ cookie: pairOf(first.cookie) })
    expect(moved.address).toBe('b:1')
    await runtime.advance(1_000)
    expect(await request({ cookie: pairOf(moved.cookie) })).toEqual({ address: 'b:1', cookie: undefined })
    expect((await request()).address).toBe('a:1')
    fail('b:1')
    expect((await request({ cookie: pairOf(moved.cookie) })).address).toBe('a:1')
  })

  test('is accepted with an older secret, and replaced by one of the first secret', async () => {
    const { address, cookie } = await open({ secrets: [OLD_SECRET] }).request()
    const { request } = open({ secrets: [SECRET, OLD_SECRET] })
    const next = await request({ cookie: pairOf(cookie) })
    expect(next.address).toBe(address)
    expect(next.cookie).toBeDefined()
    expect(await request({ cookie: pairOf(next.cookie) })).toEqual({ address, cookie: undefined })
    const withoutOld = open({ secrets: [SECRET] })
    expect((await withoutOld.request({ cookie: pairOf(next.cookie) })).address).toBe(address)
    expect((await withoutOld.request({ cookie: pairOf(cookie) })).cookie).toBeDefined()
  })

  test.each([
    ['with a changed target', (value: string) => `A${value.slice(1) === value ? '' : value.slice(1)}x`],
    ['with another expiry', (value: string) => value.replace('.0.', '.1.')],
    ['with a changed signature', (value: string) => value.slice(0, -2) + (value.endsWith('AA') ? 'BB' : 'AA')],
    ['without a signature', (value: string) => value.slice(0, value.lastIndexOf('.'))],
    ['that is too long', (value: string) => value.repeat(100)],
    ['that is empty', () => ''],
    ['with bytes of no base64', (value: string) => `${value.slice(0, -3)}%%%`],
  ])('%s is none', async (_, change) => {
    const { request, sticky } = open()
    const { cookie } = await request()
    const [name, value = ''] = pairOf(cookie).split('=')
    const start = new MessageStart({ headers: { cookie: `${name}=${change(value)}` } })
    const mark = await sticky.read(start, { __inbound: null })
    expect(mark.target).toBeUndefined()
    expect((await request({ cookie: `${name}=${change(value)}` })).cookie).toBeDefined()
  })

  test('of another service or another name is none', async () => {
    const { cookie } = await open({}, { name: 'one' }).request()
    const sticky = { by: 'cookie', secrets: [SECRET] } as const
    const other = openStickyService({ name: 'two', targets, sticky })
    expect((await other.request({ cookie: pairOf(cookie) })).cookie).toBeDefined()
    const renamed = open({ name: 'at' }, { name: 'one' })
    const value = pairOf(cookie).split('=')[1]
    expect((await renamed.request({ cookie: `at=${value}` })).cookie).toBeDefined()
  })

  test('moves with the client when its target is away, and stays there', async () => {
    const { request, fail, runtime } = open()
    const { address, cookie } = await request()
    fail(address)
    const moved = await request({ cookie: pairOf(cookie) })
    expect(moved.address).not.toBe(address)
    expect(moved.cookie).toBeDefined()
    await runtime.advance(2_000)
    expect(await request({ cookie: pairOf(moved.cookie) })).toEqual({ address: moved.address, cookie: undefined })
  })

  test('of a target that was taken out is replaced, and a target that came later has one', async () => {
    const { request, service } = open()
    const { address, cookie } = await request()
    service.set(['new:80'])
    const moved = await request({ cookie: pairOf(cookie) })
    expect(moved.address).toBe('new:80')
    expect(await request({ cookie: pairOf(moved.cookie) })).toEqual({ address: 'new:80', cookie: undefined })
    service.set([...targets, 'new:80'])
    expect(await request({ cookie: pairOf(cookie) })).toEqual({ address, cookie: undefined })
  })

  test('is renewed when half of its time is over, and is none when all of it is', async () => {
    let nowMs = 1_000_000_000_000
    const { request } = open({ ttlMs: 600_000, now: () => nowMs })
    const { address, cookie } = await request()
    expect(cookie).toContain('; Max-Age=600;')
    nowMs += 290_000
    expect(await request({ cookie: pairOf(cookie) })).toEqual({ address, cookie: undefined })
    nowMs += 20_000
    const renewed = await request({ cookie: pairOf(cookie) })
    expect(renewed.address).toBe(address)
    expect(pairOf(renewed.cookie)).not.toBe(pairOf(cookie))
    nowMs += 295_000
    const { sticky } = open({ ttlMs: 600_000, now: () => nowMs })
    for (const [pair, isGood] of [
      [pairOf(cookie), false],
      [pairOf(renewed.cookie), true],
    ] as const) {
      const mark = await sticky.read(new MessageStart({ headers: { cookie: pair } }), { __inbound: null })
      expect(mark.target !== undefined).toBe(isGood)
    }
  })

  test('needs no promise once it was seen, whichever process issued it', async () => {
    const { cookie } = await open().request()
    const { sticky } = open()
    const read = (): unknown =>
      sticky.read(new MessageStart({ headers: { cookie: pairOf(cookie) } }), { __inbound: null })
    expect(read()).toBeInstanceOf(Promise)
    await read()
    expect(read()).not.toBeInstanceOf(Promise)
    const free = sticky.read(new MessageStart({ headers: {} }), { __inbound: null })
    expect(free).not.toBeInstanceOf(Promise)
  })

  test('is compared by WebCrypto, whose comparison takes constant time', async () => {
    const verify = vi.spyOn(crypto.subtle, 'verify')
    const { cookie } = await open().request()
    const there = open()
    await there.request({ cookie: pairOf(cookie).replace('.0.', '.2.') })
    expect(verify).toHaveBeenCalledTimes(1)
    await expect(verify.mock.results[0]?.value).resolves.toBe(false)
  })
})
