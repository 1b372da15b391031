import { describe, expect, test } from 'vitest'
import type { ConnectFilterOptions } from '../../src/filters/connect.ts'
import type { WireEnd } from './wire/wire-end.ts'
import { TRANSPORTS, WireProxy } from './wire/wire-proxy.ts'

const TARGET = '127.0.0.1:9000'
const KIB = 1024

describe.each(TRANSPORTS)('connect over $transport', ({ hasOnlyStreams }) => {
  /** A TCP proxy: what a client sends goes to the upstream, and back. */
  async function start(
    target: string | (() => string | Promise<string>) = TARGET,
    options: ConnectFilterOptions = {},
  ): Promise<WireProxy> {
    return WireProxy.start((p) => p.connect(target, options), { hasOnlyStreams })
  }

  async function startJoined(
    options: ConnectFilterOptions = {},
  ): Promise<{ proxy: WireProxy; client: WireEnd; upstream: WireEnd }> {
    const proxy = await start(TARGET, options)
    await proxy.listen(9000)
    const client = await proxy.send('')
    return { proxy, client, upstream: proxy.upstream() }
  }

  describe('with retryCount', () => {
    test('tries again after retryDelayMs, and sends then what it was given', async () => {
      const proxy = await start(TARGET, { retryCount: 3, retryDelayMs: 1000 })
      const client = await proxy.send('hello ')
      await proxy.transport.advance(1500)
      client.write('world')
      client.end()
      await proxy.settle()
      expect(client.state).toBe('open')
      await proxy.listen(9000)
      await proxy.transport.advance(1000)
      expect(proxy.accepted(9000)).toHaveLength(1)
      expect(proxy.upstream().take()).toBe('hello world')
      expect(proxy.upstream().isEnded).toBe(true)
      proxy.upstream().write('answer')
      await proxy.settle()
      expect(client.take()).toBe('answer')
    })

    test('gives up after that many', async () => {
      const proxy = await start(TARGET, { retryCount: 2, retryDelayMs: 1000 })
      const client = await proxy.send('hello')
      await proxy.transport.advance(1999)
      expect(client.state).toBe('open')
      await proxy.transport.advance(1)
      expect(client.state).toBe('cut')
    })

    test('of -1 tries for ever, and not any more when the client leaves', async () => {
      const proxy = await start(TARGET, { retryCount: -1, retryDelayMs: 1000 })
      const client = await proxy.send('hello')
      await proxy.transport.advance(100_000)
      expect(client.state).not.toBe('cut')
      client.abort()
      await proxy.settle()
      await proxy.listen(9000)
      await proxy.transport.advance(10_000)
      expect(proxy.accepted(9000)).toHaveLength(0)
      expect(proxy.server.connectionCount).toBe(0)
      await proxy.close()
      expect(proxy.transport.timerCount).toBe(0)
    })

    test('holds its client back meanwhile', async () => {
      const proxy = await start(TARGET, { retryCount: -1, retryDelayMs: 1000 })
      const client = await proxy.send('hello')
      let written = 0
      while (!client.isFull && written < 4096 * KIB) {
        client.write('x'.repeat(64 * KIB))
        written += 64 * KIB
        await proxy.settle()
      }
      expect(written).toBeLessThan(1024 * KIB)
    })

    test('does not try again once the upstream has answered', async () => {
      const { proxy, client, upstream } = await startJoined({ retryCount: 5 })
      client.write('a')
      await proxy.settle()
      upstream.write('b')
      await proxy.settle()
      upstream.abort()
      await proxy.settle()
      expect(client.state).toBe('cut')
      expect(proxy.accepted(9000)).toHaveLength(1)
    })

    test('does not try again when a connection that stood is reset', async () => {
      const { proxy, client, upstream } = await startJoined({ retryCount: 5 })
      client.write('a')
      await proxy.settle()
      upstream.abort()
      await proxy.settle()
      expect(client.state).toBe('cut')
      expect(proxy.accepted(9000)).toHaveLength(1)
    })

    test('keeps the end of the input of a client for the next try', async () => {
      const proxy = await start(TARGET, { retryCount: 1, retryDelayMs: 1000 })
      const client = proxy.connect().write('all of it')
      client.end()
      await proxy.settle()
      await proxy.listen(9000)
      await proxy.transport.advance(1000)
      expect(proxy.upstream().take()).toBe('all of it')
      expect(proxy.upstream().isEnded).toBe(true)
    })
  })

  describe('with idleTimeoutMs', () => {
    test('closes a connection on which nothing moves', async () => {
      const { proxy, client, upstream } = await startJoined({ idleTimeoutMs: 1000 })
      await proxy.transport.advance(900)
      expect(client.state).toBe('open')
      await proxy.transport.advance(900)
      expect(client.state).toBe('cut')
      expect(upstream.isEnded).toBe(true)
    })

    test.each(['client', 'upstream'] as const)('counts anew whenever the %s sends', async (writing) => {
      const { proxy, client, upstream } = await startJoined({ idleTimeoutMs: 1000 })
      for (let i = 0; i < 10; i++) {
        await proxy.transport.advance(900)
        const writer = writing === 'client' ? client : upstream
        writer.write('x')
      }
      expect(client.state).toBe('open')
    })

    test('of 0 never closes it', async () => {
      const { proxy, client } = await startJoined({ idleTimeoutMs: 0 })
      await proxy.transport.advance(59_000)
      expect(client.state).toBe('open')
    })
  })
})
