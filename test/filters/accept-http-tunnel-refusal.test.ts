import { describe, expect, test } from 'vitest'
import { Data, Message, MessageEnd, MessageStart } from '../../src/events.ts'
import { acceptHTTPTunnel, type TunnelHandler } from '../../src/filters/accept-http-tunnel.ts'
import { answerText, refusalText, requestText, wire } from './wire/http-text.ts'
import { CONNECT, CONNECTED, startTunnelProxy, TUNNEL_TARGET, type TunnelVariables } from './wire/tunnel-proxy.ts'
import { TRANSPORTS, WireProxy } from './wire/wire-proxy.ts'

describe.each(TRANSPORTS)('acceptHTTPTunnel over $transport', ({ hasOnlyStreams }) => {
  const start = (handler?: TunnelHandler<TunnelVariables>): Promise<WireProxy> =>
    startTunnelProxy({ hasOnlyStreams, handler })

  describe('refuses a tunnel', () => {
    const closed = (status: string, body: string): string =>
      `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`

    test.each([
      ['403 Forbidden', 403],
      ['407 Proxy Authentication Required', 407],
      ['302 Found', 302],
      ['503 Service Unavailable', 503],
    ])('with %s and closes the connection (RFC 9931 8)', async (line, status) => {
      const proxy = await start(() => new Message({ status }, 'no'))
      const client = await proxy.send(CONNECT)
      expect(client.take()).toBe(closed(line, 'no'))
      expect(client.state).toBe('ended')
      expect(proxy.accepted(9000)).toHaveLength(0)
    })

    test('and takes no byte behind it for a request, which a client may have sent that did not wait', async () => {
      const paths: unknown[] = []
      const proxy = await start(({ head }) => {
        paths.push(head.path)
        return new Message({ status: 403 }, 'no')
      })
      const client = await proxy.send(CONNECT + requestText('GET /smuggled'))
      client.write(requestText('GET /smuggled'))
      await proxy.settle()
      expect(paths).toEqual([TUNNEL_TARGET])
      expect(client.take()).toBe(closed('403 Forbidden', 'no'))
    })

    test('later, and takes no byte that came meanwhile for a request', async () => {
      const paths: unknown[] = []
      const { promise, resolve } = Promise.withResolvers<Message>()
      const proxy = await start(({ head }) => {
        paths.push(head.path)
        return promise
      })
      const client = await proxy.send(CONNECT)
      client.write(requestText('GET /smuggled'))
      await proxy.settle()
      resolve(new Message({ status: 403 }, 'no'))
      await proxy.settle()
      client.write(requestText('GET /smuggled'))
      await proxy.settle()
      expect(paths).toEqual([TUNNEL_TARGET])
      expect(client.take()).toBe(closed('403 Forbidden', 'no'))
      expect(client.state).toBe('ended')
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
      ['gives a text', () => 'yes' as unknown as Message, 'expected a Message'],
    ])('with 500 when the handler %s, and says why', async (_, handler, message) => {
      const proxy = await start(handler)
      const client = await proxy.send(`${CONNECT}early`)
      expect(client.take()).toBe(refusalText('500 Internal Server Error'))
      expect(client.state).toBe('ended')
      expect(proxy.accepted(9000)).toHaveLength(0)
      expect(proxy.log.messages('error').join('\n')).toContain(message)
    })

    test('with 500 when the handler answers with a switch of protocols, which CONNECT does not ask for', async () => {
      const proxy = await start(() => new Message({ status: 101, headers: { upgrade: 'websocket' } }))
      const client = await proxy.send(CONNECT)
      expect(client.take()).toBe(refusalText('500 Internal Server Error'))
      expect(proxy.accepted(9000)).toHaveLength(0)
    })

    test('with 500 when another filter answers 200: nobody would take what the client sends', async () => {
      const proxy = await WireProxy.start(
        (p) =>
          p.demuxHTTP((r) =>
            r.branch(
              () => false,
              (b) => b.filter(acceptHTTPTunnel('', () => new Message({ status: 200 }))),
              (b) => b.replaceMessage(() => [new MessageStart({ status: 200 }), new Data('page'), new MessageEnd()]),
            ),
          ),
        { hasOnlyStreams },
      )
      const client = await proxy.send(CONNECT)
      expect(client.take()).toBe(refusalText('500 Internal Server Error'))
      expect(client.state).toBe('ended')
    })
  })

  describe('does not get to see', () => {
    const seen: unknown[] = []
    test.each([
      [
        'a length',
        [`CONNECT ${TUNNEL_TARGET} HTTP/1.1`, `Host: ${TUNNEL_TARGET}`, 'Content-Length: 5'],
        '400 Bad Request',
      ],
      [
        'chunks',
        [`CONNECT ${TUNNEL_TARGET} HTTP/1.1`, `Host: ${TUNNEL_TARGET}`, 'Transfer-Encoding: chunked'],
        '400 Bad Request',
      ],
      ['another Host', [`CONNECT ${TUNNEL_TARGET} HTTP/1.1`, 'Host: 127.0.0.2:9000'], '400 Bad Request'],
      ['a Host with another port', [`CONNECT ${TUNNEL_TARGET} HTTP/1.1`, 'Host: 127.0.0.1:9001'], '400 Bad Request'],
      ['no Host', [`CONNECT ${TUNNEL_TARGET} HTTP/1.1`], '400 Bad Request'],
      [
        'two Hosts',
        [`CONNECT ${TUNNEL_TARGET} HTTP/1.1`, `Host: ${TUNNEL_TARGET}`, `Host: ${TUNNEL_TARGET}`],
        '400 Bad Request',
      ],
      ['no port', ['CONNECT 127.0.0.1 HTTP/1.1', 'Host: 127.0.0.1'], '400 Bad Request'],
      ['no host', ['CONNECT :443 HTTP/1.1', 'Host: a'], '400 Bad Request'],
      ['a path', ['CONNECT /x HTTP/1.1', 'Host: a'], '400 Bad Request'],
      ['a URL', ['CONNECT http://127.0.0.1:9000/ HTTP/1.1', 'Host: 127.0.0.1:9000'], '400 Bad Request'],
      ['user and password', ['CONNECT u:p@127.0.0.1:9000 HTTP/1.1', 'Host: 127.0.0.1:9000'], '400 Bad Request'],
      ['the port 0', ['CONNECT 127.0.0.1:0 HTTP/1.1', 'Host: 127.0.0.1:0'], '400 Bad Request'],
      ['a port beyond 65535', ['CONNECT 127.0.0.1:65536 HTTP/1.1', 'Host: 127.0.0.1:65536'], '400 Bad Request'],
      ['HTTP/1.0', [`CONNECT ${TUNNEL_TARGET} HTTP/1.0`, `Host: ${TUNNEL_TARGET}`], '501 Not Implemented'],
    ])('CONNECT with %s', async (_, lines, status) => {
      seen.length = 0
      const proxy = await start(({ head }) => {
        seen.push(head.path)
        return new Message({ status: 200 })
      })
      const client = await proxy.send(`${wire(...lines, '')}5\r\nhello\r\n0\r\n\r\n`)
      expect(client.take()).toBe(refusalText(status))
      expect(client.state).toBe('ended')
      expect(seen).toEqual([])
      expect(proxy.accepted(9000)).toHaveLength(0)
    })
  })

  test('takes CONNECT with a Content-Length of 0, which is no body', async () => {
    const proxy = await start()
    const client = await proxy.send(
      `${wire(`CONNECT ${TUNNEL_TARGET} HTTP/1.1`, `Host: ${TUNNEL_TARGET}`, 'Content-Length: 0', '')}early`,
    )
    expect(client.take()).toBe(CONNECTED)
    expect(proxy.upstream().take()).toBe('early')
  })

  test('answers requests that ask for no tunnel as the handler says, with their bodies', async () => {
    const proxy = await start(
      ({ head, body }) => new Message({ status: 200 }, `${head.method} ${head.path} ${body?.toString() ?? ''}`),
    )
    const client = await proxy.send(requestText('PUT /x', { body: 'hello' }), requestText('GET /y'))
    expect(client.take()).toBe(answerText('PUT /x hello') + answerText('GET /y '))
    expect(client.state).toBe('open')
  })

  test('cannot be made without a handler', () => {
    expect(() => acceptHTTPTunnel('', undefined as unknown as TunnelHandler)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    )
  })
})
