import { describe, expect, test } from 'vitest'
import { Message } from '../../src/events.ts'
import type { TunnelHandler } from '../../src/filters/accept-http-tunnel.ts'
import type { DemuxHttpOptions } from '../../src/filters/demux-http.ts'
import { answerText, requestText, wire } from './wire/http-text.ts'
import { CONNECT, CONNECTED, startTunnelProxy, TUNNEL_TARGET, type TunnelVariables } from './wire/tunnel-proxy.ts'
import type { WireEnd } from './wire/wire-end.ts'
import { TRANSPORTS, type WireProxy } from './wire/wire-proxy.ts'

const KIB = 1024

describe.each(TRANSPORTS)('acceptHTTPTunnel over $transport', ({ hasOnlyStreams }) => {
  const start = (handler?: TunnelHandler<TunnelVariables>, options?: DemuxHttpOptions): Promise<WireProxy> =>
    startTunnelProxy({ hasOnlyStreams, handler, options })

  async function startTunnel(): Promise<{ proxy: WireProxy; client: WireEnd; upstream: WireEnd }> {
    const proxy = await start()
    const client = await proxy.send(CONNECT)
    expect(client.take()).toBe(CONNECTED)
    return { proxy, client, upstream: proxy.upstream() }
  }

  describe('opens a tunnel', () => {
    test('that passes bytes both ways as they are', async () => {
      const { proxy, client, upstream } = await startTunnel()
      client.write('GET / HTTP/1.1\r\n\r\n\x00\xff')
      upstream.write('HTTP/1.1 200 OK\r\n\r\n\x00')
      await proxy.settle()
      expect(upstream.take()).toBe('GET / HTTP/1.1\r\n\r\n\x00\xff')
      expect(client.take()).toBe('HTTP/1.1 200 OK\r\n\r\n\x00')
    })

    test('to an upstream that speaks first', async () => {
      const proxy = await start()
      await proxy.listen(9001, (end) => end.write('220 hello\r\n'))
      const client = await proxy.send(wire('CONNECT 127.0.0.1:9001 HTTP/1.1', 'Host: 127.0.0.1:9001', ''))
      expect(client.take()).toBe(`${CONNECTED}220 hello\r\n`)
    })

    test('and passes on what came together with the head', async () => {
      const proxy = await start()
      const client = await proxy.send(`${CONNECT}early`)
      expect(client.take()).toBe(CONNECTED)
      expect(proxy.upstream().take()).toBe('early')
      client.write(' more')
      await proxy.settle()
      expect(proxy.upstream().take()).toBe(' more')
    })

    test('and passes on what came together with the head of a client that sends nothing else', async () => {
      const proxy = await start()
      const client = proxy.connect().write(`${CONNECT}early`)
      client.end()
      await proxy.settle()
      expect(client.take()).toBe(CONNECTED)
      expect(proxy.upstream().take()).toBe('early')
      expect(proxy.upstream().state).toBe('ended')
      proxy.upstream().write('answer').end()
      await proxy.settle()
      expect(client.take()).toBe('answer')
      expect(client.state).toBe('closed')
      expect(proxy.server.connectionCount).toBe(0)
    })

    test.each([1, 2, 3])('whatever segments a head and the bytes behind it come in (%i bytes each)', async (size) => {
      const proxy = await start()
      const client = proxy.connect()
      const text = `${CONNECT}early bytes`
      for (let i = 0; i < text.length; i += size) {
        client.write(text.slice(i, i + size))
        await proxy.settle()
      }
      expect(client.take()).toBe(CONNECTED)
      expect(proxy.upstream().take()).toBe('early bytes')
    })

    test.each([
      ['200 OK', 200],
      ['204 No Content', 204],
      ['299', 299],
    ])('with %s', async (line, status) => {
      const proxy = await start(() => new Message({ status }))
      const client = await proxy.send(`${CONNECT}x`)
      expect(client.take()).toMatch(new RegExp(`^HTTP/1.1 ${line} ?\r\n\r\n$`))
      expect(proxy.upstream().take()).toBe('x')
    })

    test('without the body and the framing of the answer, which would be the first bytes of the tunnel', async () => {
      const headers = { 'content-length': '4', 'transfer-encoding': 'chunked', 'proxy-agent': 'x' }
      const proxy = await start(() => new Message({ status: 200, headers }, 'body'))
      const client = await proxy.send(CONNECT)
      expect(client.take()).toBe('HTTP/1.1 200 OK\r\nproxy-agent: x\r\n\r\n')
      proxy.upstream().write('hello')
      await proxy.settle()
      expect(client.take()).toBe('hello')
    })

    test('once an async handler agrees; what comes meanwhile waits in order', async () => {
      const { promise, resolve } = Promise.withResolvers<Message>()
      const proxy = await start(() => promise)
      const client = await proxy.send(`${CONNECT}a`)
      client.write('b')
      client.write('c').end()
      await proxy.settle()
      expect(client.take()).toBe('')
      expect(proxy.accepted(9000)).toHaveLength(0)
      resolve(new Message({ status: 200 }))
      await proxy.settle()
      expect(client.take()).toBe(CONNECTED)
      expect(proxy.upstream().take()).toBe('abc')
      expect(proxy.upstream().isEnded).toBe(true)
    })

    test('behind requests on the same connection, once these are answered', async () => {
      const answers: PromiseWithResolvers<Message>[] = []
      const proxy = await start(({ head }) => {
        if (head.method === 'CONNECT') return new Message({ status: 200 })
        answers.push(Promise.withResolvers<Message>())
        return (answers.at(-1) as PromiseWithResolvers<Message>).promise
      })
      const client = await proxy.send(requestText('GET /1'), requestText('GET /2'), `${CONNECT}GET /3 no HTTP`)
      await proxy.settle()
      expect(client.take()).toBe('')
      answers[1]?.resolve(new Message({ status: 200 }, 'b'))
      await proxy.settle()
      expect(client.take()).toBe('')
      answers[0]?.resolve(new Message({ status: 200 }, 'a'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('a') + answerText('b') + CONNECTED)
      expect(proxy.upstream().take()).toBe('GET /3 no HTTP')
      proxy.upstream().write('x')
      await proxy.settle()
      expect(client.take()).toBe('x')
    })

    test('behind requests on the same connection that have been answered', async () => {
      const proxy = await start()
      const client = await proxy.send(requestText('GET /1'))
      expect(client.take()).toBe(answerText('plain /1'))
      client.write(CONNECT)
      await proxy.settle()
      expect(client.take()).toBe(CONNECTED)
    })

    test('although its first bytes are held back behind an answer that is slow', async () => {
      const { promise, resolve } = Promise.withResolvers<Message>()
      const proxy = await start(({ head }) => (head.method === 'CONNECT' ? new Message({ status: 200 }) : promise))
      await proxy.listen(9001)
      const client = await proxy.send(requestText('GET /1'), CONNECT)
      const upstream = proxy.upstream()
      upstream.write('x'.repeat(900 * KIB))
      await proxy.settle()
      expect(client.take()).toBe('')
      resolve(new Message({ status: 200 }, 'a'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('a') + CONNECTED + 'x'.repeat(900 * KIB))
    })

    test('to a client whose Host leaves out the port', async () => {
      const proxy = await start()
      const client = await proxy.send(wire(`CONNECT ${TUNNEL_TARGET} HTTP/1.1`, 'Host: 127.0.0.1', ''))
      expect(client.take()).toBe(CONNECTED)
    })

    test('that its own idle time ends, and no time of HTTP', async () => {
      const times = { headTimeoutMs: 1000, bodyTimeoutMs: 1000, keepAliveTimeoutMs: 1000 }
      const proxy = await start(undefined, times)
      const client = await proxy.send(CONNECT)
      await proxy.transport.advance(30_000)
      expect(client.state).toBe('open')
      client.write('x')
      await proxy.settle()
      expect(proxy.upstream().take()).toBe('x')
      await proxy.transport.advance(120_000)
      expect(client.state).not.toBe('open')
      expect(proxy.server.connectionCount).toBe(0)
      expect(proxy.transport.timerCount).toBe(0)
    })
  })

  describe('ends a tunnel', () => {
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
      client.write('more')
      await proxy.transport.advance(10_000)
      expect(upstream.take()).toBe('more')
      client.write('!').end()
      await proxy.settle()
      expect(upstream.take()).toBe('!')
      expect([upstream.state, client.state]).toEqual(['closed', 'closed'])
      expect(proxy.server.connectionCount).toBe(0)
    })

    test('with all that was sent, however slowly the upstream reads', async () => {
      const { proxy, client, upstream } = await startTunnel()
      upstream.keepsText = false
      upstream.pause()
      upstream.end()
      client.write('x'.repeat(50 * KIB)).end()
      await proxy.settle()
      upstream.resume()
      await proxy.settle()
      expect(upstream.receivedBytes).toBe(50 * KIB)
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

    test('that never stood with a cut: the client has been told that it does', async () => {
      const proxy = await start()
      const client = await proxy.send(`${wire('CONNECT 127.0.0.1:9 HTTP/1.1', 'Host: 127.0.0.1:9', '')}early`)
      expect(client.take()).toMatch(/^(HTTP\/1\.1 200 OK\r\n\r\n)?$/)
      expect(client.state).toBe('cut')
      expect(proxy.server.connectionCount).toBe(0)
    })

    test('that the client leaves before the handler has decided', async () => {
      const { promise, resolve } = Promise.withResolvers<Message>()
      const proxy = await start(() => promise)
      const client = await proxy.send(`${CONNECT}early`)
      client.abort()
      await proxy.settle()
      expect(proxy.server.connectionCount).toBe(0)
      resolve(new Message({ status: 200 }))
      await proxy.settle()
      expect(proxy.accepted(9000)).toHaveLength(0)
      expect(proxy.log.messages('error')).toEqual([])
    })

    test('many times over and leaves nothing behind', async () => {
      const proxy = await start()
      for (let i = 0; i < 60; i++) {
        const client = await proxy.send(i % 2 === 0 ? CONNECT : `${CONNECT}early`)
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
      expect(proxy.transport.timerCount).toBe(0)
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

  test('stops reading the client while there is no connection yet', async () => {
    const proxy = await start(undefined)
    proxy.transport.silentHosts.add('10.0.0.1')
    const client = await proxy.send(wire('CONNECT 10.0.0.1:443 HTTP/1.1', 'Host: 10.0.0.1:443', ''))
    let written = 0
    for (; !client.isFull && written < 4096 * KIB; written += 64 * KIB) {
      client.write('x'.repeat(64 * KIB))
      await proxy.settle()
    }
    expect(written).toBeLessThan(1024 * KIB)
    await proxy.transport.advance(11_000)
    expect(client.state).toBe('cut')
  })
})
