import { describe, expect, test } from 'vitest'
import { answerText } from '../wire/http-text.ts'
import type { WireEnd } from '../wire/wire-end.ts'
import { TRANSPORTS } from '../wire/wire-proxy.ts'
import { ForwardProxy, type ForwardProxyOptions } from './forward-proxy.ts'

describe.each(TRANSPORTS)('forward over $transport', ({ hasOnlyStreams }) => {
  const start = (options: ForwardProxyOptions = {}): Promise<ForwardProxy> =>
    ForwardProxy.start({ hasOnlyStreams, ...options })

  /** Sends a request on a client's connection, and lets whoever gets it answer. @returns who that was */
  async function ask(proxy: ForwardProxy, client: WireEnd, path: string): Promise<string> {
    client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
    await proxy.settle()
    for (const port of [9001, 9002, 9003]) {
      for (const end of proxy.wire.accepted(port)) {
        if (!end.take().startsWith(`GET ${path} `)) continue
        end.write(answerText(path))
        await proxy.settle()
        expect(client.take()).toBe(answerText(path))
        return String(port)
      }
    }
    throw new Error(`nobody got ${path}`)
  }

  describe('with a connection for each request', () => {
    test('gives the targets of one client in turn', async () => {
      const proxy = await start()
      const client = proxy.wire.connect()
      const ports = []
      for (let i = 0; i < 6; i++) ports.push(await ask(proxy, client, `/${i}`))
      expect(ports.toSorted()).toEqual(['9001', '9001', '9002', '9002', '9003', '9003'])
      expect(proxy.accepted).toEqual([1, 1, 1])
    })

    test('uses a connection that another client had before', async () => {
      const proxy = await start({ targetCount: 1 })
      for (let i = 0; i < 5; i++) await ask(proxy, proxy.wire.connect(), `/${i}`)
      expect(proxy.accepted).toEqual([1, 0, 0])
    })

    test('opens as many as there are requests at once, up to maxConnections', async () => {
      const proxy = await start({ targetCount: 1, pool: { maxConnections: 2 } })
      for (const path of ['/1', '/2', '/3']) await proxy.send(`GET ${path}`)
      expect(proxy.heard()).toEqual(['9001 GET /1', '9001 GET /2'])
      await proxy.says(9001, answerText())
      expect(proxy.heard()).toEqual(['9001 GET /3'])
    })
  })

  describe('with a connection for each session', () => {
    const forward = { checkout: 'session' as const }

    test('keeps a client with its target, on a connection of its own', async () => {
      const proxy = await start({ forward })
      const [one, other] = [proxy.wire.connect(), proxy.wire.connect()]
      const ports = []
      for (const client of [one, other, one, one, other]) ports.push(await ask(proxy, client, `/${ports.length}`))
      expect(ports).toEqual(['9001', '9002', '9001', '9001', '9002'])
      expect(proxy.accepted).toEqual([1, 1, 0])
    })

    test('gives no connection to another client, and closes it when its own leaves', async () => {
      const proxy = await start({ forward, targetCount: 1 })
      const one = proxy.wire.connect()
      await ask(proxy, one, '/1')
      const other = proxy.wire.connect()
      await ask(proxy, other, '/2')
      expect(proxy.accepted).toEqual([2, 0, 0])
      const [first, second] = proxy.wire.accepted(9001)
      one.close()
      await proxy.settle()
      expect([first?.state === 'open', second?.state]).toEqual([false, 'open'])
    })

    test('finds another target when the own one fails, and stays there', async () => {
      const proxy = await start({ forward, targetCount: 2 })
      const client = proxy.wire.connect()
      expect(await ask(proxy, client, '/1')).toBe('9001')
      client.write('GET /2 HTTP/1.1\r\nHost: a\r\n\r\n')
      await proxy.settle()
      await proxy.resets(9001)
      // The connection had served before: a new one shows whether it was only that.
      await proxy.resets(9001)
      await proxy.says(9002, answerText('two'))
      expect(client.take()).toBe(answerText('two'))
      proxy.heard()
      expect(await ask(proxy, client, '/3')).toBe('9002')
    })
  })

  test('refuses another checkout', async () => {
    await expect(start({ forward: { checkout: 'client' as never } })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('"client"'),
    })
  })
})
