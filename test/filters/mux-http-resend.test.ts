import { describe, expect, test } from 'vitest'
import { Data, Message, StreamEnd } from '../../src/events.ts'
import { muxHTTP } from '../../src/filters/mux-http.ts'
import type { MuxHttpOptions } from '../../src/filters/mux-http.ts'
import { ManualFilter } from '../support/manual-filter.ts'
import { runPipeline } from '../support/run-pipeline.ts'
import { answerText, requestText } from './wire/http-text.ts'
import { startMuxProxy, UPSTREAM_PORT } from './wire/mux-proxy.ts'
import type { WireEnd } from './wire/wire-end.ts'
import { TRANSPORTS, WireProxy } from './wire/wire-proxy.ts'

const BODY = 'hello'
const IDLE_OPTIONS = { maxIdleMs: 100_000, connectOptions: { idleTimeoutMs: 0 } }

test('muxHTTP keeps the requests that wait behind one which it sends again', () => {
  const upstream = new ManualFilter()
  const session = runPipeline([muxHTTP({ filters: [upstream.recipe] }, 'key')])
  const get = (path: string): Message => new Message({ method: 'GET', path, headers: { host: 'a' } })
  const sent = (path: string): string => `data ${JSON.stringify(requestText(`GET ${path}`).replace('Host', 'host'))}`
  session.feed(get('/warm'))
  upstream.session(0).emit(new Data(answerText('warm')))
  session.take()
  upstream.session(0).take()
  session.feed(get('/1'), get('/2'), get('/3'))
  expect(upstream.session(0).take()).toEqual([sent('/1')])
  upstream.session(0).emit(new StreamEnd())
  for (const path of ['/1', '/2', '/3']) {
    expect(upstream.session(1).take()).toEqual([sent(path)])
    upstream.session(1).emit(new Data(answerText(path)))
    expect(session.take()).toEqual(['start 200', `data "${path}"`, 'end'])
  }
  expect(session.pauses).toBe(0)
})

describe.each(TRANSPORTS)('muxHTTP over $transport, on a kept connection,', ({ hasOnlyStreams }) => {
  interface Kept {
    readonly proxy: WireProxy
    readonly client: WireEnd
  }

  async function warmUp(proxy: WireProxy, headers = 'key: k\r\n'): Promise<Kept> {
    const client = await proxy.send(requestText('GET /warm', { headers }))
    proxy.upstream().take()
    proxy.upstream().write(answerText())
    await proxy.settle()
    client.take()
    return { proxy, client }
  }

  describe('with a request of which nothing can be sent before its body is over,', () => {
    const ENCODED = requestText('POST /1', { body: BODY })

    /** A script replaces bodies: how long one is, is not known before. */
    async function startReplacing(options: MuxHttpOptions = {}): Promise<Kept> {
      const proxy = await WireProxy.start(
        (p) =>
          p.demuxHTTP((r) =>
            r
              .replaceMessageBody((body) => body)
              .muxHTTP((u) => u.connect(`127.0.0.1:${UPSTREAM_PORT}`, { idleTimeoutMs: 0 }), 'key', {
                maxIdleMs: 100_000,
                via: false,
                ...options,
              }),
          ),
        { hasOnlyStreams },
      )
      await proxy.listen(UPSTREAM_PORT)
      const kept = await warmUp(proxy)
      kept.client.write(`POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: ${BODY.length}\r\n\r\n`)
      await proxy.settle()
      return kept
    }

    test.each(['idempotent', 'always', 'never'] as const)(
      'sends it over a new one when the upstream closes the old one meanwhile, also with resend "%s"',
      async (resend) => {
        for (const how of ['end', 'abort'] as const) {
          const { proxy, client } = await startReplacing({ resend })
          proxy.upstream()[how]()
          await proxy.settle()
          expect(proxy.upstream().take()).toBe('')
          client.write(BODY)
          await proxy.settle()
          expect(proxy.upstream(1).take()).toBe(ENCODED)
          proxy.upstream(1).write(answerText('done'))
          await proxy.settle()
          expect(client.take()).toBe(answerText('done'))
          expect(proxy.log.messages('warn')).toEqual([])
        }
      },
    )

    test('does not send it twice once it has been sent', async () => {
      const { proxy, client } = await startReplacing()
      client.write(BODY)
      await proxy.settle()
      expect(proxy.upstream().take()).toBe(ENCODED)
      proxy.upstream().end()
      await proxy.settle()
      expect(client.take()).toMatch(/^HTTP\/1.1 502 /)
      expect(proxy.accepted(UPSTREAM_PORT)).toHaveLength(1)
    })

    test.each([
      ['idempotent', 900, 1],
      ['idempotent', 5_000, 2],
      ['always', 5_000, 2],
      ['never', 5_000, 2],
    ] as const)('with resend "%s" sends it after %i ms over connection %i', async (resend, afterMs, count) => {
      const { proxy, client } = await startReplacing({ resend, responseTimeoutMs: 1_000 })
      await proxy.transport.advance(afterMs)
      client.write(BODY)
      await proxy.settle()
      expect(proxy.accepted(UPSTREAM_PORT)).toHaveLength(count)
      expect(proxy.upstream(count - 1).take()).toBe(ENCODED)
      expect(proxy.upstream(0).isEnded).toBe(count > 1)
      proxy.upstream(count - 1).write(answerText('done'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('done'))
    })
  })

  test.each(['GET', 'PUT'])(
    'does not send %s again that got an interim answer: no race goes that far',
    async (method) => {
      const { proxy, client } = await warmUp(await startMuxProxy({ hasOnlyStreams, ...IDLE_OPTIONS }))
      client.write(requestText(`${method} /1`, { headers: 'key: k\r\n', body: BODY }))
      await proxy.settle()
      proxy.upstream().write('HTTP/1.1 103 Early Hints\r\n\r\n')
      await proxy.settle()
      proxy.upstream().end()
      await proxy.settle()
      expect(client.take()).toMatch(/^HTTP\/1.1 103 Early Hints\r\n\r\nHTTP\/1.1 502 /)
      expect(proxy.accepted(UPSTREAM_PORT)).toHaveLength(1)
    },
  )

  test.each([
    ['in chunks', 'Transfer-Encoding: chunked\r\n', 900, 1],
    ['in chunks', 'Transfer-Encoding: chunked\r\n', 1_100, 2],
    ['of 65,536 bytes', 'Content-Length: 65536\r\n', 50_000, 1],
    ['of 65,537 bytes', 'Content-Length: 65537\r\n', 1_100, 2],
  ])('sends PUT with a body %s (%j), after %i ms, over connection %i', async (_, header, afterMs, count) => {
    const { proxy, client } = await warmUp(await startMuxProxy({ hasOnlyStreams, ...IDLE_OPTIONS }))
    await proxy.transport.advance(afterMs)
    client.write(`PUT /1 HTTP/1.1\r\nHost: a\r\nkey: k\r\n${header}\r\n`)
    await proxy.settle()
    expect(proxy.accepted(UPSTREAM_PORT)).toHaveLength(count)
    expect(proxy.upstream(count - 1).take()).toMatch(/^PUT \/1 /)
    expect(proxy.upstream(0).isEnded).toBe(count > 1)
  })

  test('learns when to give up the connection of a client without a key', async () => {
    const { proxy, client } = await warmUp(await startMuxProxy({ hasOnlyStreams, ...IDLE_OPTIONS }), '')
    await proxy.transport.advance(5_000)
    proxy.upstream(0).end()
    await proxy.settle()
    for (const [afterMs, count] of [
      [0, 2],
      [3_400, 2],
      [4_100, 3],
    ] as const) {
      await proxy.transport.advance(afterMs)
      client.write(requestText('GET /'))
      await proxy.settle()
      expect(proxy.accepted(UPSTREAM_PORT)).toHaveLength(count)
      proxy.upstream(count - 1).write(answerText())
      await proxy.settle()
    }
  })
})
