import { describe, expect, test } from 'vitest'
import { answerText } from '../wire/http-text.ts'
import type { WireEnd } from '../wire/wire-end.ts'
import { TRANSPORTS } from '../wire/wire-proxy.ts'
import { ForwardProxy, type ForwardProxyOptions } from './forward-proxy.ts'

const HEDGE = { percentile: 90, minRequests: 10 }
const LATENCY_MS = 100

describe.each(TRANSPORTS)('forward with hedging over $transport', ({ hasOnlyStreams }) => {
  /** A proxy whose answers took 100 ms so far. */
  async function start(options: ForwardProxyOptions = {}, hedge = HEDGE): Promise<ForwardProxy> {
    const { retry, ...rest } = options
    const proxy = await ForwardProxy.start({
      hasOnlyStreams,
      targetCount: 2,
      pool: { maxIdleMs: 1_000_000 },
      ...rest,
      retry: { ...retry, hedge },
    })
    const client = proxy.wire.connect()
    for (let i = 0; i < 10; i++) {
      client.write('POST /warm HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n')
      await proxy.advance(LATENCY_MS)
      const [port] = proxy.heard()[0]?.split(' ') ?? []
      await proxy.says(Number(port), answerText())
    }
    client.close()
    await proxy.settle()
    proxy.service.outcomes.length = 0
    proxy.heard()
    return proxy
  }

  /** Beyond the percentile, whose buckets are a tenth apart. */
  const wait = (proxy: ForwardProxy): Promise<void> => proxy.advance(LATENCY_MS * 1.11)
  const get = (proxy: ForwardProxy): Promise<WireEnd> => proxy.send('GET /1')

  test('asks a second target when the first takes longer than most, and gives the answer that comes first', async () => {
    const proxy = await start()
    const client = await get(proxy)
    await proxy.advance(LATENCY_MS * 0.99)
    expect(proxy.heard()).toEqual(['9001 GET /1'])
    await wait(proxy)
    expect(proxy.heard()).toEqual(['9002 GET /1'])
    await proxy.says(9002, answerText('second'))
    expect(client.take()).toBe(answerText('second'))
  })

  test('gives up the one that is slower, whose connection is not used again, and blames nobody', async () => {
    const proxy = await start()
    await get(proxy)
    await wait(proxy)
    await proxy.says(9002, answerText('second'))
    expect(proxy.at(9001).state).not.toBe('open')
    expect(proxy.at(9002).state).toBe('open')
    expect(proxy.service.outcomes).toEqual(['9001 aborted', '9002 200'])
    expect([proxy.target(9001).active, proxy.target(9002).active]).toEqual([0, 0])
  })

  test('gives the answer of the first when it comes first after all', async () => {
    const proxy = await start()
    const client = await get(proxy)
    await wait(proxy)
    await proxy.says(9001, answerText('first'))
    expect(client.take()).toBe(answerText('first'))
    expect(proxy.at(9002).state).not.toBe('open')
    expect(proxy.service.outcomes).toEqual(['9002 aborted', '9001 200'])
  })

  test('waits for the other one when one of them fails', async () => {
    for (const failing of [9001, 9002]) {
      const proxy = await start({ retry: { on: ['reset', 503] } })
      const client = await get(proxy)
      await wait(proxy)
      if (failing === 9001) await proxy.resets(failing)
      else await proxy.says(failing, answerText('busy', { status: '503 Busy' }))
      const other = failing === 9001 ? 9002 : 9001
      await proxy.says(other, answerText('other'))
      expect(client.take()).toBe(answerText('other'))
      expect(proxy.accepted[2]).toBe(0)
    }
  })

  test('tries again when both fail', async () => {
    const proxy = await start({ retry: { on: ['reset'] } })
    const client = await get(proxy)
    await wait(proxy)
    await proxy.resets(9001)
    await proxy.resets(9002)
    await proxy.advance(25)
    proxy.heard()
    const port = proxy.at(9001).state === 'open' ? 9001 : 9002
    await proxy.says(port, answerText('at last'))
    expect(client.take()).toBe(answerText('at last'))
  })

  test('asks nobody twice whose request may not be, nor one with a body or an upgrade', async () => {
    const proxy = await start()
    for (const request of ['POST /1', 'DELETE /1']) await proxy.send(request, { body: '' })
    await proxy.send('GET /1', { headers: 'Connection: upgrade\r\nUpgrade: websocket\r\n' })
    const before = proxy.heard().length
    await proxy.advance(LATENCY_MS * 5)
    expect([before, proxy.heard()]).toEqual([3, []])
  })

  test('asks one more target at most', async () => {
    const proxy = await start({ targetCount: 3 })
    await get(proxy)
    await proxy.advance(LATENCY_MS * 20)
    expect(proxy.heard()).toHaveLength(2)
  })

  test('asks no second one without the leave of the budget', async () => {
    const proxy = await start({ retry: { budget: { share: 0, minPerSecond: 0 } } })
    await get(proxy)
    await proxy.advance(LATENCY_MS * 5)
    expect(proxy.heard()).toEqual(['9001 GET /1'])
  })

  test('asks no second one before it knows how long answers take', async () => {
    const proxy = await start({}, { ...HEDGE, minRequests: 11 })
    await get(proxy)
    await proxy.advance(LATENCY_MS * 5)
    expect(proxy.heard()).toEqual(['9001 GET /1'])
  })

  test('gives up both when the client leaves', async () => {
    const proxy = await start()
    const client = await get(proxy)
    await wait(proxy)
    client.abort()
    await proxy.settle()
    expect(proxy.service.outcomes).toEqual(['9001 aborted', '9002 aborted'])
    expect([proxy.at(9001).state, proxy.at(9002).state]).not.toContain('open')
  })
})
