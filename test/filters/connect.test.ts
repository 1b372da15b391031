import { describe, expect, test } from 'vitest'
import { ProxyError } from '../../src/errors.ts'
import { Data, MessageEnd, MessageStart, StreamEnd } from '../../src/events.ts'
import { connect, type ConnectFilterOptions } from '../../src/filters/connect.ts'
import { runPipeline } from '../support/run-pipeline.ts'
import { TRANSPORTS, WireProxy } from './wire/wire-proxy.ts'
import type { WireEnd } from './wire/wire-end.ts'

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

  test('opens the connection at the first event, before the client has said anything', async () => {
    const { client, upstream, proxy } = await startJoined()
    upstream.write('220 hello\r\n')
    await proxy.settle()
    expect(client.take()).toBe('220 hello\r\n')
  })

  test('passes bytes both ways', async () => {
    const { client, upstream, proxy } = await startJoined()
    client.write('ping')
    await proxy.settle()
    expect(upstream.take()).toBe('ping')
    upstream.write('pong')
    await proxy.settle()
    expect(client.take()).toBe('pong')
  })

  describe('passes on that one side sends no more, while the other one goes on:', () => {
    test('the client', async () => {
      const { client, upstream, proxy } = await startJoined()
      client.write('last').end()
      await proxy.settle()
      expect(upstream.take()).toBe('last')
      expect(upstream.state).toBe('ended')
      expect(client.state).toBe('open')
      upstream.write('answer')
      await proxy.settle()
      expect(client.take()).toBe('answer')
      upstream.end()
      await proxy.settle()
      expect([client.state, upstream.state]).toEqual(['closed', 'closed'])
      expect(proxy.server.connectionCount).toBe(0)
    })

    test('the upstream', async () => {
      const { client, upstream, proxy } = await startJoined()
      upstream.write('last').end()
      await proxy.settle()
      expect(client.take()).toBe('last')
      expect(client.state).toBe('ended')
      client.write('more')
      await proxy.settle()
      expect(upstream.take()).toBe('more')
      client.end()
      await proxy.settle()
      expect([client.state, upstream.state]).toEqual(['closed', 'closed'])
    })
  })

  test('sends an upstream that has ended and reads slowly all that the client sent before it left', async () => {
    const { client, upstream, proxy } = await startJoined()
    upstream.keepsText = false
    upstream.pause()
    upstream.end()
    client.write('x'.repeat(50 * KIB)).end()
    await proxy.settle()
    expect(client.state).toBe('closed')
    expect(proxy.server.connectionCount).toBe(0)
    // To close it would be to lose what has not left yet.
    expect(proxy.transport.pairs.at(-1)?.client.isClosed).toBe(false)
    upstream.resume()
    await proxy.settle()
    expect(upstream.receivedBytes).toBe(50 * KIB)
    expect(upstream.state).toBe('closed')
  })

  test('gives up an upstream that has ended and does not read at all, when the idle time is over', async () => {
    const { client, upstream, proxy } = await startJoined({ idleTimeoutMs: 1000 })
    upstream.pause()
    upstream.end()
    client.write('x'.repeat(50 * KIB)).end()
    await proxy.transport.advance(2000)
    expect(proxy.transport.pairs.at(-1)?.client.isClosed).toBe(true)
  })

  test('keeps nothing open when the proxy stops', async () => {
    const { client, upstream, proxy } = await startJoined()
    upstream.pause()
    upstream.end()
    client.write('x'.repeat(50 * KIB)).end()
    await proxy.settle()
    await proxy.close()
    expect(proxy.transport.pairs.every((pair) => pair.client.isClosed)).toBe(true)
    expect(proxy.transport.timerCount).toBe(0)
  })

  describe('passes on that one side breaks off:', () => {
    test('the client', async () => {
      const { client, upstream, proxy } = await startJoined()
      client.abort()
      await proxy.settle()
      expect(upstream.state).toBe('cut')
      expect(proxy.server.connectionCount).toBe(0)
    })

    test('the upstream', async () => {
      const { client, upstream, proxy } = await startJoined()
      upstream.abort()
      await proxy.settle()
      expect(client.state).toBe('cut')
      expect(proxy.server.connectionCount).toBe(0)
    })
  })

  describe('stops reading while the other side takes nothing:', () => {
    test.each(['client', 'upstream'] as const)('the %s, and loses nothing', async (writing) => {
      const { client, upstream, proxy } = await startJoined()
      const [writer, reader] = writing === 'client' ? [client, upstream] : [upstream, client]
      reader.keepsText = false
      reader.pause()
      const total = 4 * 1024 * KIB
      let written = 0
      while (!writer.isFull && written < total) {
        writer.write('x'.repeat(64 * KIB))
        written += 64 * KIB
        await proxy.settle()
      }
      expect(written).toBeLessThan(total / 4)
      reader.resume()
      for (; written < total; written += 64 * KIB) writer.write('x'.repeat(64 * KIB))
      await proxy.settle()
      expect(reader.receivedBytes).toBe(total)
    })
  })

  describe('to a target that is awaited', () => {
    test('keeps what comes meanwhile in order, and its end', async () => {
      let resolve: (target: string) => void = () => undefined
      const proxy = await start(() => new Promise((done) => (resolve = done)))
      await proxy.listen(9000)
      const client = await proxy.send('a', 'b')
      client.end()
      await proxy.settle()
      expect(proxy.accepted(9000)).toHaveLength(0)
      resolve(TARGET)
      await proxy.settle()
      expect(proxy.upstream().take()).toBe('ab')
      expect(proxy.upstream().isEnded).toBe(true)
    })

    test('stops reading meanwhile', async () => {
      const proxy = await start(() => new Promise(() => undefined))
      const client = proxy.connect()
      let written = 0
      while (!client.isFull && written < 4096 * KIB) {
        client.write('x'.repeat(64 * KIB))
        written += 64 * KIB
        await proxy.settle()
      }
      expect(written).toBeLessThan(1024 * KIB)
    })

    test('opens nothing when the client leaves meanwhile', async () => {
      let resolve: (target: string) => void = () => undefined
      const proxy = await start(() => new Promise((done) => (resolve = done)))
      await proxy.listen(9000)
      const client = await proxy.send('a')
      client.abort()
      await proxy.settle()
      resolve(TARGET)
      await proxy.settle()
      expect(proxy.accepted(9000)).toHaveLength(0)
    })

    test.each([
      ['rejects', () => Promise.reject(new Error('oops'))],
      [
        'throws',
        () => {
          throw new Error('oops')
        },
      ],
    ])('that %s cuts the client and says where', async (_, target) => {
      const proxy = await start(target)
      const client = await proxy.send('a')
      expect(client.state).toBe('cut')
      expect(proxy.log.messages('error')).toEqual(['Cannot run the callback of connect in listen 127.0.0.1:8000: oops'])
    })
  })
})

describe('connect', () => {
  test.each([
    ['a host without a port', '127.0.0.1', 'INVALID_TARGET'],
    ['an empty text', '', 'INVALID_TARGET'],
    ['a URL with a path', 'http://localhost:8080/path', 'INVALID_TARGET'],
    ['a port that there is not', '127.0.0.1:65536', 'INVALID_TARGET'],
    ['an address of version 6 without brackets', '::1:80', 'INVALID_TARGET'],
    ['a number', 8000, 'INVALID_ARGUMENT'],
    ['nothing', undefined, 'INVALID_ARGUMENT'],
  ])('refuses %s as its target when the proxy is described', (_, target, code) => {
    expect(() => connect(target as string)).toThrow(expect.objectContaining({ code }))
  })

  test.each([
    ['a host without a port', () => '127.0.0.1'],
    ['a host without a port, awaited', () => Promise.resolve('127.0.0.1')],
    ['nothing', () => undefined as unknown as string],
    ['nothing, awaited', () => Promise.resolve(undefined as unknown as string)],
    ['a number', () => 8000 as unknown as string],
  ])('ends with INVALID_TARGET when a function gives %s, and says so', async (_, target) => {
    const session = runPipeline([connect(target)])
    session.feed('hello', new StreamEnd())
    expect(await session.settle()).toEqual(['close INVALID_TARGET'])
    expect(session.proxy.log.messages('error')).toHaveLength(1)
    expect(session.pauses).toBe(0)
  })

  test('passes an end on that is the first event, and opens nothing', async () => {
    const session = runPipeline([connect(TARGET)])
    session.feed(new StreamEnd())
    expect(await session.settle()).toEqual(['close'])
    expect(session.proxy.transport.pairs).toHaveLength(0)
  })

  test('is labelled by a constant target', () => {
    expect(connect(TARGET).label).toBe(TARGET)
    expect(connect(() => TARGET).label).toBeUndefined()
  })

  test('ignores the bounds of messages', async () => {
    const session = runPipeline([connect(TARGET)])
    const heard: string[] = []
    await session.proxy.transport.listen(
      { host: '', port: 9000 },
      { keepAlive: true, noDelay: true, onError: () => undefined },
      (connection) => {
        connection.direct?.attach({
          onData: (data) => void heard.push(data.toString() ?? ''),
          onEnd() {},
          onDrain() {},
          onClose() {},
        })
      },
    )
    session.feed(new MessageStart({}), new Data('a'), new MessageEnd(), new Data('b'))
    await session.settle()
    expect(heard.join('')).toBe('ab')
  })

  test('gives the pauses of its source back when it is closed while it waits', async () => {
    const session = runPipeline([connect(() => new Promise<string>(() => undefined))])
    session.feed('hello')
    expect(session.pauses).toBe(1)
    session.close()
    expect(session.pauses).toBe(0)
    expect(await session.settle()).toEqual([])
  })

  test('gives the pauses of its source back when it is closed while the upstream is full', async () => {
    const session = runPipeline([connect(TARGET)])
    await session.proxy.transport.listen(
      { host: '', port: 9000 },
      { keepAlive: true, noDelay: true, onError: () => undefined },
      () => undefined,
    )
    session.feed('x'.repeat(1024 * KIB))
    await session.settle()
    expect(session.pauses).toBe(1)
    session.close()
    expect(session.pauses).toBe(0)
    await session.settle()
    expect(session.pauses).toBe(0)
  })

  test('fails with the error of the transport', async () => {
    const session = runPipeline([connect('unknown.example:80')])
    session.proxy.transport.unknownHosts.add('unknown.example')
    session.feed('hello')
    expect(await session.settle()).toEqual(['close CANNOT_RESOLVE'])
    const [end] = session.output
    expect(end instanceof StreamEnd && end.error instanceof ProxyError && end.error.retry).toBe('yes')
  })
})
