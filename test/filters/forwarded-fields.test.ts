import { describe, expect, test } from 'vitest'
import type { MessageStart } from '../../src/events.ts'
import { forwardingSite, get, SAID, VIA } from './wire/forwarding-site.ts'
import { answerText, wire } from './wire/http-text.ts'
import { TRANSPORTS } from './wire/wire-proxy.ts'

describe.each(TRANSPORTS)('demuxHTTP behind a listener over $transport', ({ hasOnlyStreams }) => {
  const { start, exchange } = forwardingSite(hasOnlyStreams)

  describe('say for whom a request is forwarded', () => {
    test('nothing by default: what came passes', async () => {
      const lines = ['X-Forwarded-For: 6.6.6.6', 'Forwarded: for=6.6.6.6', 'X-Real-IP: 6.6.6.6', 'X_Forwarded_For: 6']
      expect((await exchange(get(...lines))).sent).toBe(get(...lines, VIA))
    })

    test('in place of what a client says that nobody trusts', async () => {
      const lines = ['X-Forwarded-For: 6.6.6.6', 'X: y', 'x-real-ip: 6.6.6.6', 'X_Forwarded_For: 6', 'Forwarded: for=6']
      expect((await exchange(get(...lines), answerText(), { forwarded: {} })).sent).toBe(get('X: y', ...SAID, VIA))
    })

    test('behind what a proxy says that is trusted', async () => {
      const { sent } = await exchange(
        get('X-Forwarded-For: 6.6.6.6', 'x-forwarded-for: 7.7.7.7', 'X-Forwarded-Proto: https', 'X-Real-IP: 6.6.6.6'),
        answerText(),
        { forwarded: { trustedProxies: ['127.0.0.0/8'] } },
      )
      expect(sent).toBe(
        get(
          'X-Real-IP: 6.6.6.6',
          'X-Forwarded-For: 6.6.6.6, 7.7.7.7, 127.0.0.1',
          'X-Forwarded-Host: a',
          'X-Forwarded-Proto: https',
          VIA,
        ),
      )
    })

    test('to scripts as well, which may say otherwise', async () => {
      let seen: unknown
      const onRequest = ({ head }: MessageStart): void => {
        seen = { ...head.headers }
        head.headers['x-forwarded-for'] = 'hidden'
        delete head.headers['x-forwarded-host']
      }
      const { sent } = await exchange(get('X-Forwarded-For: 6.6.6.6'), answerText(), { forwarded: {}, onRequest })
      expect(seen).toEqual({
        host: 'a',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-host': 'a',
        'x-forwarded-proto': 'http',
      })
      expect(sent).toBe(get('X-Forwarded-For: hidden', 'X-Forwarded-Proto: http', VIA))
    })

    test('of each request of a connection, pipelined ones too, and of those with bodies', async () => {
      const proxy = await start({ forwarded: {} })
      const put = `${wire('PUT /1 HTTP/1.1', 'X-Forwarded-For: 6', 'Content-Length: 2', 'Host: a', '')}ab`
      const client = await proxy.send(put + wire('GET http://b:81/2 HTTP/1.1', 'Host: b:81', 'X-Forwarded-Host: c', ''))
      expect(proxy.upstream().take()).toBe(
        `${wire('PUT /1 HTTP/1.1', 'Content-Length: 2', 'Host: a', ...SAID, VIA, '')}ab`,
      )
      proxy.upstream().write(answerText('1'))
      await proxy.settle()
      expect(proxy.upstream().take()).toBe(
        wire('GET /2 HTTP/1.1', 'Host: b:81', ...SAID.map((line) => line.replace(/ a$/, ' b:81')), VIA, ''),
      )
      proxy.upstream().write(answerText('2'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('1') + answerText('2'))
    })

    test('and still pass leave to send a body end to end', async () => {
      const proxy = await start({ forwarded: {} })
      const client = await proxy.send(
        wire('PUT / HTTP/1.1', 'Host: a', 'Connection: expect', 'Expect: 100-continue', 'Content-Length: 2', ''),
      )
      expect(client.take()).toBe('')
      expect(proxy.upstream().take()).toContain('Expect: 100-continue\r\n')
      proxy.upstream().write('HTTP/1.1 100 Continue\r\n\r\n')
      await proxy.settle()
      expect(client.take()).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    })
  })
})
