import { describe, expect, test } from 'vitest'
import type { MessageStart } from '../../src/events.ts'
import { forwardingSite, get, VIA } from './wire/forwarding-site.ts'
import { answerText, refusalText, requestText, wire } from './wire/http-text.ts'
import { TRANSPORTS } from './wire/wire-proxy.ts'

describe.each(TRANSPORTS)('demuxHTTP and muxHTTP over $transport', ({ hasOnlyStreams }) => {
  const { start, exchange } = forwardingSite(hasOnlyStreams)

  describe('count Max-Forwards', () => {
    const ask = (method: string, ...fields: string[]): string => wire(`${method} / HTTP/1.1`, 'Host: a', ...fields, '')

    test.each([
      ['1', '0'],
      ['10', '9'],
      ['007', '6'],
      ['18446744073709551616', '18446744073709551615'],
      [`1${'0'.repeat(100)}`, '9'.repeat(100)],
    ])('of OPTIONS and TRACE down: %s', async (given, left) => {
      for (const method of ['OPTIONS', 'TRACE']) {
        const { sent } = await exchange(ask(method, `Max-forwards: ${given}`, 'X: y'), answerText(), {
          demux: { allowTrace: true },
        })
        expect(sent).toBe(ask(method, `Max-forwards: ${left}`, 'X: y', VIA))
      }
    })

    test.each([['-1'], ['+1'], ['1, 1'], ['0, 0'], ['1.5'], ['0x0'], [''], ['a']])(
      'of what is no number not: %j',
      async (given) => {
        expect((await exchange(ask('OPTIONS', `Max-Forwards: ${given}`))).sent).toMatch(
          `Max-Forwards: ${given}\r\n${VIA}`,
        )
      },
    )

    test('of several fields not', async () => {
      const lines = ['Max-Forwards: 0', 'max-forwards: 5']
      expect((await exchange(ask('OPTIONS', ...lines))).sent).toBe(ask('OPTIONS', ...lines, VIA))
    })

    test.each(['GET', 'POST', 'options', 'TRACER'])('of %s not', async (method) => {
      const { sent } = await exchange(ask(method, 'Max-Forwards: 0'))
      expect(sent).toContain('Max-Forwards: 0\r\n')
    })

    test.each(['0', '000'])('and answer OPTIONS here at %s, with the connection still of use', async (zero) => {
      const proxy = await start()
      const client = await proxy.send(
        `${wire('OPTIONS * HTTP/1.1', 'Host: a', `Max-Forwards: ${zero}`, 'Content-Length: 3', '')}abc`,
        requestText('GET /next'),
      )
      expect(client.take()).toBe(wire('HTTP/1.1 200 OK', 'content-length: 0', ''))
      expect(proxy.upstream().take()).toBe(requestText('GET /next', { headers: `${VIA}\r\n` }))
      proxy.upstream().write(answerText('b'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('b'))
    })

    test('and answer TRACE here at 0 with 501', async () => {
      const { sent, got } = await exchange(ask('TRACE', 'Max-Forwards: 0'), '', { demux: { allowTrace: true } })
      expect([sent, got]).toEqual(['', refusalText('501 Not Implemented').replace('Connection: close\r\n', '')])
    })

    test('by the method that a script set', async () => {
      const onRequest = ({ head }: MessageStart): void => void (head.method = 'OPTIONS')
      expect((await exchange(get('Max-Forwards: 2'), answerText(), { onRequest })).sent).toContain(
        'Max-Forwards: 1\r\n',
      )
    })

    test('once, though the request is sent again', async () => {
      const proxy = await start()
      const client = await proxy.send(get())
      proxy.upstream().write(answerText())
      await proxy.settle()
      proxy.upstream().take()
      client.take()
      client.write(ask('OPTIONS', 'Max-Forwards: 5'))
      proxy.upstream().abort()
      await proxy.settle()
      expect(proxy.upstream(1).take()).toBe(ask('OPTIONS', 'Max-Forwards: 4', VIA))
    })
  })

  describe('refuse TRACE', () => {
    const trace = wire('TRACE / HTTP/1.1', 'Host: a', 'Cookie: a=b', '')

    test('with 501', async () => {
      const { sent, got, state } = await exchange(trace)
      expect([sent, got, state]).toEqual(['', refusalText('501 Not Implemented'), 'ended'])
    })

    test('unless it is allowed', async () => {
      const { sent } = await exchange(trace, answerText(), { demux: { allowTrace: true } })
      expect(sent).toBe(trace.replace('\r\n\r\n', `\r\n${VIA}\r\n\r\n`))
    })
  })
})
