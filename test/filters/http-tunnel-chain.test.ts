import { describe, expect, test } from 'vitest'
import { Message } from '../../src/events.ts'
import { answerText, refusalText, requestText, wire } from './wire/http-text.ts'
import { TRANSPORTS, WireProxy } from './wire/wire-proxy.ts'

const TARGET = 'db.example:5432'
const HANDSHAKE = new Message({ method: 'CONNECT', path: TARGET })
const ASKED = wire(`CONNECT ${TARGET} HTTP/1.1`, `host: ${TARGET}`, '')
const AGREE = 'HTTP/1.1 200 OK\r\n\r\n'

describe.each(TRANSPORTS)('muxHTTP over $transport, connectHTTPTunnel', ({ hasOnlyStreams }) => {
  describe('as the way of muxHTTP to its upstream', () => {
    async function startHttp(): Promise<WireProxy> {
      const proxy = await WireProxy.start(
        (p) =>
          p.demuxHTTP((r) =>
            r.muxHTTP(
              (u) => u.connectHTTPTunnel((t) => t.muxHTTP((c) => c.connect('127.0.0.1:9000')), HANDSHAKE),
              () => 'k',
              { via: false },
            ),
          ),
        { hasOnlyStreams },
      )
      await proxy.listen(9000)
      return proxy
    }

    test('sends one request after the other through one tunnel', async () => {
      const proxy = await startHttp()
      const client = await proxy.send(requestText('GET /1'))
      const upstream = proxy.upstream()
      expect(upstream.take()).toBe(ASKED)
      upstream.write(AGREE)
      await proxy.settle()
      for (const path of ['/1', '/2']) {
        expect(upstream.take()).toBe(requestText(`GET ${path}`))
        upstream.write(answerText(path))
        await proxy.settle()
        expect(client.take()).toBe(answerText(path))
        client.write(requestText('GET /2'))
        await proxy.settle()
      }
      expect(proxy.accepted(9000)).toHaveLength(1)
    })

    test('answers 502 when the proxy refuses, and asks again for the next request', async () => {
      const proxy = await startHttp()
      const client = await proxy.send(requestText('GET /1'))
      proxy.upstream().write(answerText('no', { status: '403 Forbidden' }))
      await proxy.settle()
      expect(client.take()).toBe(refusalText('502 Bad Gateway').replace('Connection: close\r\n', ''))
      client.write(requestText('GET /2'))
      await proxy.settle()
      expect(proxy.upstream(1).take()).toBe(ASKED)
      proxy.upstream(1).write(`${AGREE}`)
      await proxy.settle()
      expect(proxy.upstream(1).take()).toBe(requestText('GET /2'))
    })
  })

  test('shares one key among clients: each has its tunnel, and none waits for the end of another', async () => {
    const proxy = await WireProxy.start(
      (p) =>
        p.connectHTTPTunnel(
          (t) =>
            t.muxHTTP(
              (u) => u.connect('127.0.0.1:9000'),
              () => 'k',
            ),
          HANDSHAKE,
        ),
      { hasOnlyStreams },
    )
    await proxy.listen(9000)
    const clients = [await proxy.send('0'), await proxy.send('1'), await proxy.send('2')]
    for (let i = 0; i < clients.length; i++) {
      expect(proxy.accepted(9000)).toHaveLength(i + 1)
      proxy.upstream(i).write(`${AGREE}for ${i}`)
      await proxy.settle()
      expect(proxy.upstream(i).take()).toBe(`${ASKED}${i}`)
    }
    expect(clients.map((client) => client.take())).toEqual(['for 0', 'for 1', 'for 2'])
    for (const client of clients) client.abort()
    await proxy.settle()
    expect(proxy.transport.pairs.every((pair) => pair.client.isClosed)).toBe(true)
    expect(proxy.server.connectionCount).toBe(0)
  })

  test('demuxHTTP inside of a tunnel takes the requests in it, and ends it with its last answer', async () => {
    const proxy = await WireProxy.start(
      (p) =>
        p.demuxHTTP((r) =>
          r.acceptHTTPTunnel(
            (t) => t.demuxHTTP((inner) => inner.replaceMessage(({ head }) => new Message({ status: 200 }, head.path))),
            () => new Message({ status: 200 }),
          ),
        ),
      { hasOnlyStreams },
    )
    const client = await proxy.send(
      wire(`CONNECT ${TARGET} HTTP/1.1`, `Host: ${TARGET}`, '') + requestText('GET /1') + requestText('GET /2'),
    )
    expect(client.take()).toBe(AGREE + answerText('/1') + answerText('/2'))
    client.write(requestText('GET /3', { headers: 'Connection: close\r\n' }))
    await proxy.settle()
    expect(client.take()).toBe('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n/3')
    expect(client.state).toBe('ended')
    client.end()
    await proxy.settle()
    expect(proxy.server.connectionCount).toBe(0)
    expect(proxy.transport.timerCount).toBe(0)
  })

  describe('CONNECT that is sent on with muxHTTP', () => {
    const CONNECT = wire(`CONNECT ${TARGET} HTTP/1.1`, `Host: ${TARGET}`, '')

    /** CONNECT goes to the next proxy; acceptHTTPTunnel is there, and not asked. */
    async function startChain(): Promise<WireProxy> {
      const proxy = await WireProxy.start(
        (p) =>
          p
            .demuxHTTP((r) => r.link('next', () => true, 'here'))
            .pipeline('next')
            .muxHTTP(
              (u) => u.connect('127.0.0.1:9000'),
              () => 'k',
              { via: false },
            )
            .pipeline('here')
            .acceptHTTPTunnel('', () => new Message({ status: 403 })),
        { hasOnlyStreams },
      )
      await proxy.listen(9000)
      return proxy
    }

    test('becomes a tunnel when the next proxy agrees, with what came early on both sides', async () => {
      const proxy = await startChain()
      const client = await proxy.send(`${CONNECT}early`)
      expect(proxy.upstream().take()).toBe(CONNECT)
      proxy.upstream().write('HTTP/1.1 200 Established\r\nContent-Length: 3\r\n\r\nhello')
      await proxy.settle()
      expect(client.take()).toBe('HTTP/1.1 200 Established\r\n\r\nhello')
      expect(proxy.upstream().take()).toBe('early')
      client.write('a').end()
      proxy.upstream().write('b').end()
      await proxy.settle()
      expect([proxy.upstream().take(), client.take()]).toEqual(['a', 'b'])
      expect(proxy.server.connectionCount).toBe(0)
      expect(proxy.transport.pairs.every((pair) => pair.client.isClosed)).toBe(true)
    })

    test('is refused with the answer of the next proxy, and the connection closed', async () => {
      const proxy = await startChain()
      const client = await proxy.send(CONNECT + requestText('GET /smuggled'))
      proxy.upstream().take()
      proxy.upstream().write(answerText('no', { status: '403 Forbidden' }))
      await proxy.settle()
      expect(client.take()).toBe('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno')
      expect(client.state).toBe('ended')
      expect(proxy.upstream().take()).toBe('')
    })

    test('is answered with 502 when the next proxy is gone, and never sent twice', async () => {
      const proxy = await startChain()
      const client = await proxy.send(CONNECT)
      proxy.upstream().end()
      await proxy.settle()
      expect(client.take()).toMatch(/^HTTP\/1.1 502 Bad Gateway\r\n/)
      expect(proxy.accepted(9000)).toHaveLength(1)
    })
  })
})
