import { describe, expect, test } from 'vitest'
import { answerText, requestText } from './wire/http-text.ts'
import { type MuxProxyOptions, startMuxProxy, UPSTREAM_PORT } from './wire/mux-proxy.ts'
import { TRANSPORTS, type WireProxy } from './wire/wire-proxy.ts'

const get = (path: string): string => requestText(`GET ${path}`, { headers: 'key: k\r\n' })
const CONNECT_OPTIONS = { idleTimeoutMs: 0 }

/** The answer to a client whose upstream took too long. */
const TIMED_OUT = answerText('Gateway Timeout\n', {
  status: '504 Gateway Timeout',
  headers: 'content-type: text/plain\r\n',
})

describe.each(TRANSPORTS)('muxHTTP over $transport, with exchangeTimeoutMs,', ({ hasOnlyStreams }) => {
  const start = (options: Omit<MuxProxyOptions, 'hasOnlyStreams'> = {}): Promise<WireProxy> =>
    startMuxProxy({ hasOnlyStreams, exchangeTimeoutMs: 1000, connectOptions: CONNECT_OPTIONS, ...options })

  test('answers 504 to who has no answer by then, and uses the connection for nobody else', async () => {
    const proxy = await start()
    const client = await proxy.send(get('/1'))
    await proxy.transport.advance(999)
    expect(client.take()).toBe('')
    await proxy.transport.advance(1000)
    expect(client.take()).toBe(TIMED_OUT)
    expect(client.state).toBe('open')
    expect(proxy.upstream(0).isEnded).toBe(true)
    client.write(get('/2'))
    await proxy.settle()
    expect(proxy.upstream(1).take()).toBe(get('/2'))
  })

  test('cuts an answer that is not over by then, although it goes on moving', async () => {
    const proxy = await start()
    const client = await proxy.send(get('/1'))
    proxy.upstream().write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n')
    for (let i = 0; i < 20 && client.state === 'open'; i++) {
      proxy.upstream().write('x')
      await proxy.transport.advance(100)
    }
    expect(client.state).toBe('cut')
  })

  test('counts the wait for a connection', async () => {
    const proxy = await start()
    const first = await proxy.send(get('/1'))
    await proxy.transport.advance(900)
    proxy.upstream().write(answerText('a'))
    await proxy.settle()
    expect(first.take()).toBe(answerText('a'))
    await proxy.send(get('/2'))
    const waiting = await proxy.send(get('/3'))
    await proxy.transport.advance(2000)
    expect(waiting.take()).toBe(TIMED_OUT)
  })

  describe('while the key is awaited,', () => {
    const startAwaiting = async (): Promise<{ proxy: WireProxy; keys: ((key: string) => void)[] }> => {
      const keys: ((key: string) => void)[] = []
      return { proxy: await start({ key: () => new Promise((resolve) => keys.push(resolve)) }), keys }
    }

    test('answers 504, opens nothing when it is there after all, and the client goes on', async () => {
      const { proxy, keys } = await startAwaiting()
      const client = await proxy.send(get('/1'))
      await proxy.transport.advance(999)
      expect(client.take()).toBe('')
      await proxy.transport.advance(1000)
      expect(client.take()).toBe(TIMED_OUT)
      keys[0]?.('k')
      await proxy.settle()
      expect(proxy.accepted(UPSTREAM_PORT)).toHaveLength(0)
      client.write(get('/2'))
      await proxy.settle()
      keys[1]?.('k')
      await proxy.settle()
      proxy.upstream().write(answerText('a'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('a'))
    })

    test('counts the time before the key with the time after it', async () => {
      const { proxy, keys } = await startAwaiting()
      const client = await proxy.send(get('/1'))
      await proxy.transport.advance(900)
      keys[0]?.('k')
      await proxy.transport.advance(899)
      expect(proxy.upstream().take()).toBe(get('/1'))
      expect(client.take()).toBe(TIMED_OUT)
    })

    test('keeps no clock running for a client that leaves', async () => {
      const { proxy } = await startAwaiting()
      const client = await proxy.send(get('/1'))
      expect(client.state).toBe('open')
      const before = proxy.transport.timerCount
      const other = await proxy.send(get('/2'))
      other.abort()
      await proxy.settle()
      expect(proxy.transport.timerCount).toBe(before)
      client.abort()
      await proxy.transport.advance(10_000)
      expect(proxy.transport.timerCount).toBe(0)
    })
  })

  test('counts anew for the next request of the same client', async () => {
    const proxy = await start()
    const client = await proxy.send(get('/1'))
    for (let i = 0; i < 5; i++) {
      await proxy.transport.advance(700)
      proxy.upstream().write(answerText('a'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('a'))
      client.write(get('/2'))
      await proxy.settle()
    }
  })

  test('leaves a tunnel alone', async () => {
    const proxy = await start()
    const ask = requestText('GET /', { headers: 'key: k\r\nConnection: Upgrade\r\nUpgrade: x\r\n' })
    const client = await proxy.send(ask)
    proxy.upstream().write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
    await proxy.transport.advance(10_000)
    client.take()
    proxy.upstream().write('later')
    await proxy.settle()
    expect(client.take()).toBe('later')
  })
})

describe.each(TRANSPORTS)('muxHTTP over $transport', ({ hasOnlyStreams }) => {
  test('answers 504 for an upstream that takes nothing of a request for responseTimeoutMs', async () => {
    const proxy = await startMuxProxy({ hasOnlyStreams, responseTimeoutMs: 1000, connectOptions: CONNECT_OPTIONS })
    proxy.transport.silentHosts.add('10.0.0.1')
    const length = 2_000_000
    const head = `PUT /1 HTTP/1.1\r\nHost: a\r\nkey: k\r\nContent-Length: ${length}\r\n\r\n`
    const client = await proxy.send(head)
    proxy.upstream().pause()
    client.write('x'.repeat(length - 1))
    await proxy.transport.advance(5000)
    expect(client.take()).toBe(TIMED_OUT)
    expect(proxy.accepted(UPSTREAM_PORT)).toHaveLength(1)
  })

  test('waits for a client that sends nothing of a request, whatever responseTimeoutMs says', async () => {
    const proxy = await startMuxProxy({ hasOnlyStreams, responseTimeoutMs: 1000, connectOptions: CONNECT_OPTIONS })
    const client = await proxy.send('PUT /1 HTTP/1.1\r\nHost: a\r\nkey: k\r\nContent-Length: 5\r\n\r\n')
    await proxy.transport.advance(20_000)
    expect(client.take()).toBe('')
    client.write('hello')
    await proxy.settle()
    proxy.upstream().write(answerText('fine'))
    await proxy.settle()
    expect(client.take()).toBe(answerText('fine'))
  })
})
