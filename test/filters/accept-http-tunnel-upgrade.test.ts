import { describe, expect, test } from 'vitest'
import { Data, Message } from '../../src/events.ts'
import type { TunnelHandler } from '../../src/filters/accept-http-tunnel.ts'
import { answerText, requestText, wire } from './wire/http-text.ts'
import { TRANSPORTS, WireProxy } from './wire/wire-proxy.ts'

describe.each(TRANSPORTS)('acceptHTTPTunnel over $transport', ({ hasOnlyStreams }) => {
  describe('with Upgrade', () => {
    const ASK = wire('GET /echo HTTP/1.1', 'Host: a', 'Connection: Upgrade', 'Upgrade: echo', '')
    const AGREED = wire('HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: echo', '')

    /** Speaks a protocol of its own: says back what it hears, in capitals. */
    async function startEcho(handler: TunnelHandler): Promise<WireProxy> {
      return await WireProxy.start(
        (p) =>
          p.demuxHTTP((r) =>
            r.acceptHTTPTunnel((t) => t.replaceData((data) => new Data(data.toString()?.toUpperCase())), handler),
          ),
        { hasOnlyStreams },
      )
    }
    const agree: TunnelHandler = ({ head }) =>
      head.headers['upgrade'] === 'echo'
        ? new Message({ status: 101, headers: { upgrade: 'echo' } })
        : new Message({ status: 426, headers: { upgrade: 'echo' } }, 'echo only')

    test('speaks the protocol that it agrees to', async () => {
      const proxy = await startEcho(agree)
      const client = await proxy.send(`${ASK}early, `)
      expect(client.take()).toBe(`${AGREED}EARLY, `)
      client.write('hello').end()
      await proxy.settle()
      expect(client.take()).toBe('HELLO')
      expect(client.state).toBe('closed')
      expect(proxy.server.connectionCount).toBe(0)
    })

    test('speaks it behind answers to other requests, and with a header in capitals', async () => {
      const proxy = await startEcho(({ head }) =>
        head.headers['upgrade'] === undefined
          ? new Message({ status: 200 }, 'plain')
          : new Message({ status: 101, headers: { Upgrade: 'echo', Connection: 'Upgrade' } }),
      )
      const client = await proxy.send(requestText('GET /1'), `${ASK}x`)
      expect(client.take()).toBe(`${answerText('plain')}${AGREED}X`)
    })

    test('goes on with HTTP when it does not agree', async () => {
      const proxy = await startEcho(() => new Message({ status: 200 }, 'plain'))
      const client = await proxy.send(ASK, requestText('GET /next'))
      expect(client.take()).toBe(answerText('plain').repeat(2))
      expect(client.state).toBe('open')
    })

    test.each([
      ['101 without saying to what', ASK, new Message({ status: 101 })],
      ['101 to what was not asked for', ASK, new Message({ status: 101, headers: { upgrade: 'websocket' } })],
      [
        '101 to who asked for nothing',
        requestText('GET /'),
        new Message({ status: 101, headers: { upgrade: 'echo' } }),
      ],
    ])('answers 500 to %s, and the connection stays usable', async (_, text, answer) => {
      const proxy = await startEcho(({ head }) =>
        head.path === '/next' ? new Message({ status: 200 }, 'plain') : answer,
      )
      const client = await proxy.send(text)
      expect(client.take()).toMatch(/^HTTP\/1.1 500 Internal Server Error\r\n/)
      client.write(requestText('GET /next'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('plain'))
    })
  })
})
