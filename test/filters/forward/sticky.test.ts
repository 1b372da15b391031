import { describe, expect, test } from 'vitest'
import { answerText, requestText } from '../wire/http-text.ts'
import type { WireEnd } from '../wire/wire-end.ts'
import { TRANSPORTS } from '../wire/wire-proxy.ts'
import { ForwardProxy, type ForwardProxyOptions } from './forward-proxy.ts'

const SECRETS = ['sixteen characters and more']

describe.each(TRANSPORTS)('forward to a service that sticks, over $transport', ({ hasOnlyStreams }) => {
  const start = (options: ForwardProxyOptions): Promise<ForwardProxy> =>
    ForwardProxy.start({ hasOnlyStreams, ...options })

  /** Sends a request, and lets whoever gets it answer. */
  async function ask(proxy: ForwardProxy, client: WireEnd, headers = ''): Promise<{ port: number; answer: string }> {
    client.write(requestText('GET /1', { headers }))
    // Signing a cookie takes turns of the event loop that no transport knows of.
    await expect.poll(() => proxy.heard()).toHaveLength(1)
    const port = proxy.lastHeard
    await proxy.says(port, answerText('x'))
    return { port, answer: client.take() }
  }

  test('keeps a client connection with its target', async () => {
    const proxy = await start({ sticky: { by: 'connection' } })
    const [one, other] = [proxy.wire.connect(), proxy.wire.connect()]
    const ports = []
    for (const client of [one, other, one, one, other]) ports.push((await ask(proxy, client)).port)
    expect(ports).toEqual([9001, 9002, 9001, 9001, 9002])
  })

  test('keeps a client with its target by a header, on whichever connection', async () => {
    const proxy = await start({ sticky: { by: 'header', name: 'x-user' } })
    const ports = []
    for (const user of ['ann', 'ben', 'ann', 'ann', 'ben']) {
      ports.push((await ask(proxy, proxy.wire.connect(), `X-User: ${user}\r\n`)).port)
    }
    expect(ports).toEqual([9001, 9002, 9001, 9001, 9002])
  })

  test('issues a cookie with the answer, and none where the client has a good one', async () => {
    const proxy = await start({ sticky: { by: 'cookie', secrets: SECRETS, ttlMs: 60_000, now: () => 1_000_000 } })
    const { port, answer } = await ask(proxy, proxy.wire.connect())
    const [, cookie] = /\r\nset-cookie: (sluice-target=[^;]+);/i.exec(answer) ?? []
    expect(cookie).toBeDefined()
    for (let i = 0; i < 3; i++) {
      const again = await ask(proxy, proxy.wire.connect(), `Cookie: a=1; ${cookie}\r\n`)
      expect(again).toEqual({ port, answer: answerText('x') })
    }
  })

  test('finds another target when the own one fails, and stays with that', async () => {
    const proxy = await start({
      targetCount: 2,
      sticky: { by: 'header', name: 'x-user' },
      health: { passive: { maxFails: 1, failWindowMs: 1000 }, panicThreshold: 0 },
    })
    const headers = 'X-User: ann\r\n'
    expect((await ask(proxy, proxy.wire.connect(), headers)).port).toBe(9001)
    const client = await proxy.send('GET /2', { headers })
    // A connection that had served before may have been closing: the new one shows that it is not that.
    await proxy.resets(9001)
    await proxy.resets(9001)
    await proxy.says(9002, answerText('two'))
    expect(client.take()).toBe(answerText('two'))
    proxy.heard()
    await proxy.advance(2000)
    expect((await ask(proxy, proxy.wire.connect(), headers)).port).toBe(9002)
  })

  test('asks a function where a request belongs, which may give a promise', async () => {
    const proxy = await start({ sticky: { by: async ({ head }) => String(head.headers['x-user']) } })
    const ports = []
    for (const user of ['ann', 'ben', 'ann']) {
      ports.push((await ask(proxy, proxy.wire.connect(), `X-User: ${user}\r\n`)).port)
    }
    expect(ports).toEqual([9001, 9002, 9001])
  })

  test.each([
    () => {
      throw new Error('no idea')
    },
    () => Promise.reject(new Error('no idea')),
  ])('answers 500 when that function fails: %s', async (by) => {
    const proxy = await start({ sticky: { by } })
    const client = await proxy.send('POST /1', { body: 'x' })
    expect(client.take()).toMatch(/^HTTP\/1\.1 500 /)
    expect(proxy.wire.log.messages('error')).toHaveLength(1)
    expect(proxy.accepted).toEqual([0, 0, 0])
  })
})
