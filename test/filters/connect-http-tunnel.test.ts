import { describe, expect, test } from 'vitest'
import { type Data, Message } from '../../src/events.ts'
import { connectHTTPTunnel } from '../../src/filters/connect-http-tunnel.ts'
import { answerText, wire } from './wire/http-text.ts'
import type { WireEnd } from './wire/wire-end.ts'
import { TRANSPORTS, WireProxy } from './wire/wire-proxy.ts'

const KIB = 1024
const TARGET = 'db.example:5432'
const HANDSHAKE = new Message({ method: 'CONNECT', path: TARGET })
const ASKED = wire(`CONNECT ${TARGET} HTTP/1.1`, `host: ${TARGET}`, '')
const AGREE = 'HTTP/1.1 200 OK\r\n\r\n'

type Handshake = Message | (() => Message | Promise<Message>)

describe.each(TRANSPORTS)('connectHTTPTunnel over $transport', ({ hasOnlyStreams }) => {
  /** TCP in, a tunnel through the HTTP proxy on port 9000 out. */
  async function start(handshake: Handshake = HANDSHAKE): Promise<WireProxy> {
    const proxy = await WireProxy.start(
      (p) => p.connectHTTPTunnel((t) => t.muxHTTP((u) => u.connect('127.0.0.1:9000')), handshake),
      { hasOnlyStreams },
    )
    await proxy.listen(9000)
    return proxy
  }

  async function startTunnel(): Promise<{ proxy: WireProxy; client: WireEnd; upstream: WireEnd }> {
    const proxy = await start()
    const client = await proxy.send()
    const upstream = proxy.upstream()
    expect(upstream.take()).toBe(ASKED)
    upstream.write(AGREE)
    await proxy.settle()
    return { proxy, client, upstream }
  }

  test('asks before the first byte, and passes bytes both ways once the proxy agrees', async () => {
    const { proxy, client, upstream } = await startTunnel()
    client.write('\x00GET / HTTP/1.1\r\n\r\n')
    upstream.write('HTTP/1.1 200 OK\r\n\r\n\xff')
    await proxy.settle()
    expect(upstream.take()).toBe('\x00GET / HTTP/1.1\r\n\r\n')
    expect(client.take()).toBe('HTTP/1.1 200 OK\r\n\r\n\xff')
  })

  test('sends nothing before the proxy has agreed, and then all in order', async () => {
    const proxy = await start()
    const client = await proxy.send('early, ')
    client.write('more')
    await proxy.settle()
    expect(proxy.upstream().take()).toBe(ASKED)
    proxy.upstream().write('HTTP/1.1 200 OK\r\n')
    await proxy.settle()
    expect(proxy.upstream().take()).toBe('')
    proxy.upstream().write('\r\nhello')
    await proxy.settle()
    expect(proxy.upstream().take()).toBe('early, more')
    expect(client.take()).toBe('hello')
    client.write('!')
    await proxy.settle()
    expect(proxy.upstream().take()).toBe('!')
  })

  test.each(['Content-Length: 5', 'Content-Length: 0', 'Transfer-Encoding: chunked'])(
    'takes what follows the head for bytes of the tunnel, although the answer has %s',
    async (framing) => {
      const proxy = await start()
      const client = await proxy.send()
      proxy.upstream().write(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n5\r\nhello\r\n0\r\n\r\nrest`)
      await proxy.settle()
      expect(client.take()).toBe('5\r\nhello\r\n0\r\n\r\nrest')
    },
  )

  test('waits behind interim answers', async () => {
    const proxy = await start()
    const client = await proxy.send()
    proxy.upstream().write(`HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${AGREE}hello`)
    await proxy.settle()
    expect(client.take()).toBe('hello')
  })

  describe('asks', () => {
    test('with the headers of the handshake, and with CONNECT whatever its method', async () => {
      const headers = { 'proxy-authorization': 'Basic eDp5', host: 'elsewhere:1' }
      const proxy = await start(new Message({ method: 'GET', path: TARGET, headers }))
      await proxy.send()
      expect(proxy.upstream().take()).toMatch(
        /^CONNECT db\.example:5432 HTTP\/1\.1\r\nhost: elsewhere:1\r\nproxy-authorization: Basic eDp5\r\n\r\n$/,
      )
    })

    test('with what an async function gives; what comes meanwhile waits', async () => {
      const { promise, resolve } = Promise.withResolvers<Message>()
      const proxy = await start(() => promise)
      const client = await proxy.send('early')
      expect(proxy.accepted(9000)).toHaveLength(0)
      client.end()
      resolve(HANDSHAKE)
      await proxy.settle()
      expect(proxy.upstream().take()).toBe(ASKED)
      proxy.upstream().write(AGREE)
      await proxy.settle()
      expect(proxy.upstream().take()).toBe('early')
      expect(proxy.upstream().state).toBe('ended')
    })

    test.each([
      ['throws', () => Promise.reject(new Error('no luck')), 'no luck'],
      [
        'throws at once',
        () => {
          throw new Error('no luck')
        },
        'no luck',
      ],
      ['gives nothing', () => undefined as unknown as Message, 'expected a Message'],
      ['gives null later', () => Promise.resolve(null as unknown as Message), 'expected a Message'],
      ['gives a Message without a path', () => new Message('x'), 'expected a Message'],
    ])('nobody when the function %s: the client is cut, and the log says why', async (_, handshake, message) => {
      const proxy = await start(handshake)
      const client = await proxy.send('early')
      expect(client.state).toBe('cut')
      expect(proxy.accepted(9000)).toHaveLength(0)
      expect(proxy.log.messages('error').join('\n')).toContain(message)
      expect(proxy.server.connectionCount).toBe(0)
    })

    test('each client in a tunnel of its own', async () => {
      const { proxy, client, upstream } = await startTunnel()
      const other = await proxy.send('b')
      proxy.upstream(1).write(`${AGREE}2`)
      upstream.write('1')
      await proxy.settle()
      expect([client.take(), other.take()]).toEqual(['1', '2'])
      expect(proxy.upstream(1).take()).toBe(`${ASKED}b`)
    })
  })

  describe('cuts the client when the proxy', () => {
    test.each([
      ['407 Proxy Authentication Required', 407],
      ['403 Forbidden', 403],
      ['302 Found', 302],
      ['502 Bad Gateway', 502],
    ])('answers %s, and none of the answer reaches it', async (status) => {
      const proxy = await start()
      const client = await proxy.send('early')
      proxy.upstream().write(answerText('a page that explains', { status }))
      await proxy.settle()
      expect(client.take()).toBe('')
      expect(client.state).toBe('cut')
      expect(proxy.upstream().take()).toBe(ASKED)
      expect(proxy.server.connectionCount).toBe(0)
      expect(proxy.transport.pairs.every((pair) => pair.client.isClosed)).toBe(true)
    })

    test.each([
      ['speaks no HTTP', (end: WireEnd) => void end.write('220 smtp\r\n')],
      ['ends the connection', (end: WireEnd) => end.end()],
      ['ends the connection inside its head', (end: WireEnd) => end.write('HTTP/1.1 200 OK\r\n').end()],
      ['breaks the connection off', (end: WireEnd) => end.abort()],
      [
        'switches to another protocol',
        (end: WireEnd) => void end.write('HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
      ],
    ])('%s', async (_, act) => {
      const proxy = await start()
      const client = await proxy.send('early')
      act(proxy.upstream())
      await proxy.settle()
      expect(client.take()).toBe('')
      expect(client.state).toBe('cut')
      expect(proxy.server.connectionCount).toBe(0)
    })

    test('is not there', async () => {
      const proxy = await WireProxy.start(
        (p) => p.connectHTTPTunnel((t) => t.muxHTTP((u) => u.connect('127.0.0.1:9')), HANDSHAKE),
        { hasOnlyStreams },
      )
      const client = await proxy.send('early')
      expect(client.state).toBe('cut')
      expect(proxy.server.connectionCount).toBe(0)
    })

    test('does not answer in time', async () => {
      const proxy = await start()
      const client = await proxy.send('early')
      await proxy.transport.advance(120_000)
      expect(client.state).not.toBe('open')
      expect(proxy.server.connectionCount).toBe(0)
      expect(proxy.transport.timerCount).toBe(0)
    })
  })

  describe('ends', () => {
    test('on one side while the other one goes on: the client first', async () => {
      const { proxy, client, upstream } = await startTunnel()
      client.write('last').end()
      await proxy.settle()
      expect(upstream.take()).toBe('last')
      expect([upstream.state, client.state]).toEqual(['ended', 'open'])
      upstream.write('more').end()
      await proxy.settle()
      expect(client.take()).toBe('more')
      expect([upstream.state, client.state]).toEqual(['closed', 'closed'])
      expect(proxy.server.connectionCount).toBe(0)
    })

    test('on one side while the other one goes on: the proxy first', async () => {
      const { proxy, client, upstream } = await startTunnel()
      upstream.write('last').end()
      await proxy.settle()
      expect(client.take()).toBe('last')
      expect([upstream.state, client.state]).toEqual(['open', 'ended'])
      client.write('more').end()
      await proxy.settle()
      expect(upstream.take()).toBe('more')
      expect([upstream.state, client.state]).toEqual(['closed', 'closed'])
      expect(proxy.server.connectionCount).toBe(0)
    })

    test('for a client that ended before the proxy agreed', async () => {
      const proxy = await start()
      const client = await proxy.send('early')
      client.end()
      await proxy.settle()
      proxy.upstream().take()
      proxy.upstream().write(AGREE)
      await proxy.settle()
      expect(proxy.upstream().take()).toBe('early')
      expect(proxy.upstream().state).toBe('ended')
      proxy.upstream().write('answer').end()
      await proxy.settle()
      expect(client.take()).toBe('answer')
      expect(client.state).toBe('closed')
    })

    test('for a proxy that agrees, says something and ends at once', async () => {
      const proxy = await start()
      const client = await proxy.send('early')
      proxy.upstream().write(`${AGREE}bye`).end()
      await proxy.settle()
      expect(client.take()).toBe('bye')
      expect(proxy.upstream().take()).toBe(`${ASKED}early`)
      client.write('more').end()
      await proxy.settle()
      expect(proxy.upstream().take()).toBe('more')
      expect(proxy.server.connectionCount).toBe(0)
    })

    test.each(['before', 'after'])('when the client breaks off %s the proxy agrees', async (when) => {
      const proxy = await start()
      const client = await proxy.send('early')
      if (when === 'after') proxy.upstream().write(AGREE)
      await proxy.settle()
      client.abort()
      await proxy.settle()
      expect(proxy.upstream().state).not.toBe('open')
      expect(proxy.server.connectionCount).toBe(0)
      expect(proxy.transport.pairs.every((pair) => pair.client.isClosed)).toBe(true)
    })

    test('when the proxy breaks off: so does the connection to the client', async () => {
      const { proxy, client, upstream } = await startTunnel()
      upstream.abort()
      await proxy.settle()
      expect(client.state).toBe('cut')
      expect(proxy.server.connectionCount).toBe(0)
    })
  })

  test.each(['client', 'upstream'] as const)(
    'stops reading the %s while the other side takes nothing',
    async (writing) => {
      const { proxy, client, upstream } = await startTunnel()
      const [writer, reader] = writing === 'client' ? [client, upstream] : [upstream, client]
      reader.keepsText = false
      const before = reader.receivedBytes
      reader.pause()
      const total = 2 * 1024 * KIB
      let written = 0
      while (!writer.isFull && written < total) {
        writer.write('x'.repeat(64 * KIB))
        written += 64 * KIB
        await proxy.settle()
      }
      expect(written).toBeLessThan(total / 2)
      reader.resume()
      for (; written < total; written += 64 * KIB) writer.write('x'.repeat(64 * KIB))
      await proxy.settle()
      expect(reader.receivedBytes - before).toBe(total)
    },
  )

  test('stops reading a client that sends before the proxy has agreed', async () => {
    const proxy = await start()
    const client = proxy.connect()
    let written = 0
    for (; !client.isFull && written < 4096 * KIB; written += 64 * KIB) {
      client.write('x'.repeat(64 * KIB))
      await proxy.settle()
    }
    expect(written).toBeLessThan(1024 * KIB)
    proxy.upstream().take()
    proxy.upstream().write(AGREE)
    await proxy.settle()
    expect(proxy.upstream().take()).toBe('x'.repeat(written))
    client.write('!')
    await proxy.settle()
    expect(proxy.upstream().take()).toBe('!')
  })

  test('many times over and leaves nothing behind', async () => {
    const proxy = await start()
    for (let i = 0; i < 60; i++) {
      const client = await proxy.send('x')
      if (i % 4 === 3) proxy.upstream(i).write(answerText('no', { status: '403 Forbidden' }))
      else proxy.upstream(i).write(AGREE)
      await proxy.settle()
      if (i % 3 === 0) client.abort()
      else if (i % 3 === 1) client.end()
      else proxy.upstream(i).end()
      await proxy.settle()
      proxy.upstream(i).end()
      client.end()
      await proxy.settle()
    }
    expect(proxy.server.connectionCount).toBe(0)
    expect(proxy.transport.pairs.every((pair) => pair.client.isClosed)).toBe(true)
    expect(proxy.transport.timerCount).toBe(0)
  })

  test.each([undefined, 'a:1', { path: 'a:1' }])('cannot be made with %o for a handshake', (handshake) => {
    expect(() => connectHTTPTunnel('', handshake as unknown as Message)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    )
  })

  test('lends its bytes no longer than it may', async () => {
    const pieces: Data[] = []
    const proxy = await WireProxy.start(
      (p) =>
        p
          .connectHTTPTunnel((t) => t.muxHTTP((u) => u.connect('127.0.0.1:9000')), HANDSHAKE)
          .handleData((data) => void pieces.push(data.keep())),
      { hasOnlyStreams },
    )
    await proxy.listen(9000, (end) => end.write(`${AGREE}one`))
    await proxy.send('x')
    proxy.upstream().write('two')
    await proxy.settle()
    expect(pieces.map((piece) => piece.toString()).join('')).toBe('onetwo')
  })
})
