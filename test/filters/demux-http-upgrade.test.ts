import { describe, expect, test } from 'vitest'
import { answerText, requestText, wire } from './wire/http-text.ts'
import type { WireEnd } from './wire/wire-end.ts'
import { startMuxProxy } from './wire/mux-proxy.ts'
import { TRANSPORTS, WireProxy } from './wire/wire-proxy.ts'

const KIB = 1024
const ASK = wire(
  'GET /chat HTTP/1.1',
  'Host: a',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Key: k',
  '',
)
const AGREE = wire('HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', 'X: y', '')
/** The same, as it is forwarded: what belongs to the connection behind the rest. */
const ASKED = wire(
  'GET /chat HTTP/1.1',
  'Host: a',
  'Sec-WebSocket-Key: k',
  'Connection: Upgrade',
  'Upgrade: websocket',
  '',
)
const AGREED = wire('HTTP/1.1 101 Switching Protocols', 'X: y', 'Connection: Upgrade', 'Upgrade: websocket', '')

describe.each(TRANSPORTS)('Upgrade through demuxHTTP and muxHTTP over $transport', ({ hasOnlyStreams }) => {
  const start = (): Promise<WireProxy> => startMuxProxy({ hasOnlyStreams, key: () => 'k' })

  async function startTunnel(): Promise<{ proxy: WireProxy; client: WireEnd; upstream: WireEnd }> {
    const proxy = await start()
    const client = await proxy.send(ASK)
    const upstream = proxy.upstream()
    expect(upstream.take()).toBe(ASKED)
    upstream.write(AGREE)
    await proxy.settle()
    expect(client.take()).toBe(AGREED)
    return { proxy, client, upstream }
  }

  test('passes bytes both ways as they are', async () => {
    const { proxy, client, upstream } = await startTunnel()
    client.write('\x81\x00GET / HTTP/1.1\r\n\r\n')
    upstream.write('HTTP/1.1 200 OK\r\n\r\n\x00')
    await proxy.settle()
    expect(upstream.take()).toBe('\x81\x00GET / HTTP/1.1\r\n\r\n')
    expect(client.take()).toBe('HTTP/1.1 200 OK\r\n\r\n\x00')
    client.write('\r\n')
    await proxy.settle()
    expect(upstream.take()).toBe('\r\n')
  })

  test('passes on what came together with the heads', async () => {
    const proxy = await start()
    const client = await proxy.send(`${ASK}early`)
    expect(proxy.upstream().take()).toBe(ASKED)
    proxy.upstream().write(`${AGREE}hello`)
    await proxy.settle()
    expect(proxy.upstream().take()).toBe('early')
    expect(client.take()).toBe(`${AGREED}hello`)
  })

  test('leaves the key to others: the connection is this client alone', async () => {
    const { proxy, client, upstream } = await startTunnel()
    const other = await proxy.send(requestText('GET /other'))
    expect(proxy.upstream(1).take()).toBe(requestText('GET /other'))
    proxy.upstream(1).write(answerText('b'))
    upstream.write('for the first')
    await proxy.settle()
    expect(other.take()).toBe(answerText('b'))
    expect(client.take()).toBe('for the first')
  })

  describe('that is refused', () => {
    test.each(['200 OK', '400 Bad Request', '426 Upgrade Required'])(
      'with %s goes on with HTTP, on both sides',
      async (status) => {
        const proxy = await start()
        const client = await proxy.send(ASK, requestText('GET /next'))
        expect(proxy.upstream().take()).toBe(ASKED)
        proxy.upstream().write(answerText('no', { status }))
        await proxy.settle()
        expect(client.take()).toBe(answerText('no', { status }))
        expect(proxy.upstream().take()).toBe(requestText('GET /next'))
        proxy.upstream().write(answerText('b'))
        await proxy.settle()
        expect(client.take()).toBe(answerText('b'))
        expect(proxy.accepted(9000)).toHaveLength(1)
      },
    )

    test('is refused behind a request before it, and what follows is read only then', async () => {
      const proxy = await start()
      const client = await proxy.send(requestText('GET /1'), ASK, requestText('GET /3'))
      proxy.upstream().take()
      proxy.upstream().write(answerText('a'))
      await proxy.settle()
      expect(proxy.upstream().take()).toBe(ASKED)
      proxy.upstream().write(answerText('no', { status: '400 Bad Request' }))
      await proxy.settle()
      expect(proxy.upstream().take()).toBe(requestText('GET /3'))
      expect(client.take()).toBe(answerText('a') + answerText('no', { status: '400 Bad Request' }))
    })
  })

  test('is agreed to behind a request before it, and what follows is not read as HTTP', async () => {
    const proxy = await start()
    const client = await proxy.send(requestText('GET /1'), ASK, requestText('GET /not-http'))
    proxy.upstream().take()
    proxy.upstream().write(answerText('a'))
    await proxy.settle()
    expect(proxy.upstream().take()).toBe(ASKED)
    proxy.upstream().write(AGREE)
    await proxy.settle()
    expect(client.take()).toBe(answerText('a') + AGREED)
    expect(proxy.upstream().take()).toBe(requestText('GET /not-http'))
    expect(proxy.accepted(9000)).toHaveLength(1)
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

    test('on one side while the other one goes on: the upstream first', async () => {
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

    test('with all that was sent, however slowly the upstream reads', async () => {
      const { proxy, client, upstream } = await startTunnel()
      upstream.keepsText = false
      const before = upstream.receivedBytes
      upstream.pause()
      upstream.end()
      client.write('x'.repeat(50 * KIB)).end()
      await proxy.settle()
      // To close it would be to lose what has not left yet.
      expect(proxy.transport.pairs.at(-1)?.client.isClosed).toBe(false)
      upstream.resume()
      await proxy.settle()
      expect(upstream.receivedBytes - before).toBe(50 * KIB)
    })

    test('for a client that ended before the upstream agreed', async () => {
      const proxy = await start()
      const client = await proxy.send(`${ASK}early`)
      client.end()
      await proxy.settle()
      proxy.upstream().take()
      proxy.upstream().write(AGREE)
      await proxy.settle()
      expect(proxy.upstream().take()).toBe('early')
      expect(proxy.upstream().isEnded).toBe(true)
      proxy.upstream().write('answer').end()
      await proxy.settle()
      expect(client.take()).toBe(`${AGREED}answer`)
      expect(client.state).toBe('closed')
    })

    test('when the client breaks off: so does the connection to the upstream', async () => {
      const { proxy, client, upstream } = await startTunnel()
      client.abort()
      await proxy.settle()
      expect(upstream.state).not.toBe('open')
      expect(proxy.server.connectionCount).toBe(0)
      expect(proxy.transport.pairs.every((pair) => pair.client.isClosed)).toBe(true)
    })

    test('when the upstream breaks off: so does the connection to the client', async () => {
      const { proxy, client, upstream } = await startTunnel()
      upstream.abort()
      await proxy.settle()
      expect(client.state).toBe('cut')
      expect(proxy.server.connectionCount).toBe(0)
    })

    test('many times over and leaves nothing behind', async () => {
      const proxy = await start()
      for (let i = 0; i < 50; i++) {
        const client = await proxy.send(ASK)
        proxy.upstream(i).write(AGREE)
        await proxy.settle()
        client.write('x')
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

  describe('is not asked for', () => {
    test.each([
      ['without Connection naming it', 'Upgrade: websocket'],
      ['with Connection naming it alone', 'Connection: Upgrade'],
      ['with close, which is the end', 'Connection: close, Upgrade', 'Upgrade: websocket'],
      [
        'with HTTP/2 without TLS, behind which requests would go past the proxy',
        'Connection: Upgrade, HTTP2-Settings',
        'Upgrade: h2c',
        'HTTP2-Settings: x',
      ],
      ['with HTTP/2 under its other name', 'Connection: Upgrade', 'Upgrade: HTTP/2.0'],
      ['with TLS, likewise', 'Connection: Upgrade', 'Upgrade: TLS/1.2'],
      ['with a body', 'Connection: Upgrade', 'Upgrade: websocket', 'Transfer-Encoding: chunked'],
    ])('%s, and an upstream that switches all the same is a 502', async (_, ...lines) => {
      const proxy = await start()
      const body = lines.includes('Transfer-Encoding: chunked') ? '0\r\n\r\n' : ''
      const client = await proxy.send(wire('GET / HTTP/1.1', 'Host: a', ...lines, '') + body)
      expect(proxy.upstream().take()).not.toMatch(/upgrade/i)
      proxy.upstream().write(AGREE)
      await proxy.settle()
      expect(client.take()).toMatch(/^HTTP\/1.1 502 Bad Gateway\r\n/)
    })

    test('by HTTP/1.0', async () => {
      const proxy = await start()
      await proxy.send(wire('GET / HTTP/1.0', 'Connection: Upgrade, keep-alive', 'Upgrade: websocket', ''))
      expect(proxy.upstream().take()).not.toMatch(/upgrade/i)
    })

    test('when a script took it off', async () => {
      const proxy = await WireProxy.start(
        (p) =>
          p.demuxHTTP((r) =>
            r
              .handleMessageStart(({ head }) => void delete head.headers['upgrade'])
              .muxHTTP((u) => u.connect('127.0.0.1:9000')),
          ),
        { hasOnlyStreams },
      )
      await proxy.listen(9000)
      await proxy.send(ASK)
      expect(proxy.upstream().take()).not.toMatch(/upgrade/i)
    })
  })

  test('asks for those protocols of several that are not HTTP itself', async () => {
    const proxy = await start()
    const client = await proxy.send(
      wire('GET / HTTP/1.1', 'Host: a', 'Connection: Upgrade', 'Upgrade: h2c , irc/6.9', 'Upgrade: websocket', ''),
    )
    expect(proxy.upstream().take()).toBe(
      wire('GET / HTTP/1.1', 'Host: a', 'Connection: Upgrade', 'Upgrade: irc/6.9, websocket', ''),
    )
    proxy.upstream().write(AGREE)
    await proxy.settle()
    expect(client.take()).toBe(AGREED)
  })

  test.each([
    [
      'to another protocol than those that were asked for',
      wire('HTTP/1.1 101 S', 'Connection: Upgrade', 'Upgrade: irc', ''),
    ],
    ['to no protocol', wire('HTTP/1.1 101 S', 'Connection: Upgrade', '')],
    ['without Connection', wire('HTTP/1.1 101 S', 'Upgrade: websocket', '')],
    ['to HTTP/2', wire('HTTP/1.1 101 S', 'Connection: Upgrade', 'Upgrade: h2c', '')],
    ['in HTTP/1.0', wire('HTTP/1.0 101 S', 'Connection: Upgrade', 'Upgrade: websocket', '')],
  ])('that the upstream answers with a switch %s is a 502, and the client goes on', async (_, answer) => {
    const proxy = await start()
    const client = await proxy.send(ASK)
    proxy.upstream().write(`${answer}stuff`)
    await proxy.settle()
    expect(client.take()).toMatch(/^HTTP\/1.1 502 Bad Gateway\r\n/)
    expect(client.state).toBe('open')
    expect(proxy.upstream().isEnded).toBe(true)
  })

  test('is sent again when it met an idle connection that the upstream just closed', async () => {
    const proxy = await start()
    await proxy.send(requestText('GET /warm'))
    const idle = proxy.upstream()
    idle.write(answerText(''))
    await proxy.settle()
    idle.onText = () => idle.end()
    const client = await proxy.send(ASK)
    expect(proxy.upstream(1).take()).toBe(ASKED)
    proxy.upstream(1).write(AGREE)
    await proxy.settle()
    expect(client.take()).toBe(AGREED)
  })
})
