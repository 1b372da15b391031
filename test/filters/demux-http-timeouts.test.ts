import { describe, expect, test } from 'vitest'
import { Data, MessageEnd, MessageStart } from '../../src/events.ts'
import { demuxHTTP, type DemuxHttpOptions } from '../../src/filters/demux-http.ts'
import { LIMITS } from '../../src/limits.ts'
import { ManualFilter } from '../support/manual-filter.ts'
import { answerText, refusalText, requestText } from './wire/http-text.ts'
import type { WireEnd } from './wire/wire-end.ts'
import { TRANSPORTS, WireProxy } from './wire/wire-proxy.ts'

const TOO_LATE = refusalText('408 Request Timeout')
const PUT = 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n'
const EXPECT = 'PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n'
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'
/** Times are noticed by a coarse clock: up to two quarters late, and never early. */
const TIME_MS = 1000
const LATE_MS = 1500

describe.each(TRANSPORTS)('demuxHTTP over $transport', ({ hasOnlyStreams }) => {
  async function startManual(
    options: DemuxHttpOptions,
  ): Promise<{ proxy: WireProxy; requests: ManualFilter<Record<never, never>> }> {
    const requests = new ManualFilter<Record<never, never>>()
    const proxy = await WireProxy.start((p) => p.filter(demuxHTTP({ filters: [requests.recipe] }, options)), {
      hasOnlyStreams,
    })
    return { proxy, requests }
  }

  const answer = (body: string): [MessageStart, Data, MessageEnd] => [
    new MessageStart({}),
    new Data(body),
    new MessageEnd(),
  ]

  describe('with bodyTimeoutMs', () => {
    const options = { bodyTimeoutMs: TIME_MS }

    test('answers 408 to a body that stops coming, and ends the pipeline that takes it', async () => {
      const { proxy, requests } = await startManual(options)
      const client = await proxy.send(PUT, 'abc')
      await proxy.transport.advance(TIME_MS)
      expect(client.take()).toBe('')
      await proxy.transport.advance(LATE_MS - TIME_MS)
      expect(client.take()).toBe(TOO_LATE)
      expect(client.state).toBe('ended')
      expect(requests.session(0).take()).toEqual(['start PUT /', 'data "abc"', 'close REQUEST_TIMEOUT'])
      expect(requests.session(0).closeCount).toBe(1)
      client.write('def', requestText('GET /not-run'))
      await proxy.settle()
      expect(requests.sessions).toHaveLength(1)
    })

    test.each([
      ['Content-Length', PUT, ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']],
      [
        'Transfer-Encoding',
        'PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n',
        ['2', '\r\n', 'a', 'b', '\r\n', '0', '\r', '\n', '\r\n'],
      ],
    ])('waits for a body with %s of which something comes now and then', async (_, head, pieces) => {
      const { proxy, requests } = await startManual(options)
      const client = await proxy.send(head)
      for (const piece of pieces) {
        await proxy.transport.advance(TIME_MS - 100)
        client.write(piece)
      }
      await proxy.settle()
      requests.session(0).emit(...answer('a'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('a'))
    })

    test('answers 408 in its turn', async () => {
      const { proxy, requests } = await startManual(options)
      const client = await proxy.send(requestText('GET /1'), PUT)
      await proxy.transport.advance(LATE_MS)
      expect(client.take()).toBe('')
      requests.session(0).emit(...answer('a'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('a') + TOO_LATE)
      expect(client.state).toBe('ended')
    })

    test('cuts the connection when the answer has begun', async () => {
      const { proxy, requests } = await startManual(options)
      const client = await proxy.send(PUT)
      requests.session(0).emit(new MessageStart({ headers: { 'content-length': '9' } }), new Data('early'))
      await proxy.transport.advance(LATE_MS)
      expect(client.state).toBe('cut')
      expect(proxy.server.connectionCount).toBe(0)
    })

    test('ends the connection without another answer when the answer is complete', async () => {
      const { proxy, requests } = await startManual(options)
      const client = await proxy.send(PUT)
      requests.session(0).emit(...answer('early'))
      await proxy.transport.advance(LATE_MS)
      expect(client.take()).toBe(answerText('early'))
      expect(client.state).toBe('ended')
    })

    test('does not count the time in which the pipeline takes no more of the body', async () => {
      const proxy = await WireProxy.start(
        (p) =>
          p.demuxHTTP((r) => r.muxHTTP((u) => u.connect('127.0.0.1:9000', { idleTimeoutMs: 0 })), {
            bodyTimeoutMs: TIME_MS,
          }),
        { hasOnlyStreams },
      )
      await proxy.listen(9000, (end) => {
        end.keepsText = false
        end.pause()
      })
      const client = await proxy.send('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n')
      let sent = 0
      for (; sent < 500_000 && !client.isFull; sent += 50_000) {
        client.write('x'.repeat(50_000))
        await proxy.settle()
      }
      expect(client.isFull).toBe(true)
      await proxy.transport.advance(20 * TIME_MS)
      expect(client.take()).toBe('')
      proxy.upstream().resume()
      await proxy.settle()
      client.write('x'.repeat(1_000_000 - sent))
      await proxy.settle()
      proxy.upstream().write(answerText('a'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('a'))
    })

    test('counts again from when the pipeline takes more', async () => {
      const proxy = await WireProxy.start(
        (p) =>
          p.demuxHTTP((r) => r.muxHTTP((u) => u.connect('127.0.0.1:9000', { idleTimeoutMs: 0 })), {
            bodyTimeoutMs: TIME_MS,
          }),
        { hasOnlyStreams },
      )
      await proxy.listen(9000, (end) => {
        end.keepsText = false
        end.pause()
      })
      const client = await proxy.send('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n')
      for (let sent = 0; sent < 500_000 && !client.isFull; sent += 50_000) {
        client.write('x'.repeat(50_000))
        await proxy.settle()
      }
      await proxy.transport.advance(20 * TIME_MS)
      proxy.upstream().resume()
      await proxy.transport.advance(TIME_MS)
      expect(client.take()).toBe('')
      await proxy.transport.advance(TIME_MS)
      expect(client.take()).toBe(TOO_LATE)
      expect(proxy.upstream().state).not.toBe('open')
    })

    test('does not count the time in which the client waits for leave to send the body', async () => {
      const proxy = await WireProxy.start(
        (p) => p.demuxHTTP((r) => r.muxHTTP((u) => u.connect('127.0.0.1:9000')), { bodyTimeoutMs: TIME_MS }),
        { hasOnlyStreams },
      )
      await proxy.listen(9000)
      const client = await proxy.send(EXPECT)
      await proxy.transport.advance(20 * TIME_MS)
      expect(client.take()).toBe('')
      proxy.upstream().write(CONTINUE)
      await proxy.transport.advance(TIME_MS - 100)
      expect(client.take()).toBe(CONTINUE)
      await proxy.transport.advance(LATE_MS)
      expect(client.take()).toBe(TOO_LATE)
    })

    test('counts from the leave to send it that demuxHTTP itself gives', async () => {
      const { proxy } = await startManual(options)
      const client = await proxy.send(EXPECT)
      expect(client.take()).toBe(CONTINUE)
      await proxy.transport.advance(LATE_MS)
      expect(client.take()).toBe(TOO_LATE)
    })

    test('waits for ever when it is 0', async () => {
      const { proxy } = await startManual({ bodyTimeoutMs: 0, headTimeoutMs: TIME_MS, keepAliveTimeoutMs: TIME_MS })
      const client = await proxy.send(PUT, 'a')
      await proxy.transport.advance(50 * TIME_MS)
      expect(client.take()).toBe('')
      expect(client.state).toBe('open')
    })

    test('breaks off what has been sent to an upstream, so that nobody takes the part for the whole', async () => {
      const proxy = await WireProxy.start(
        (p) => p.demuxHTTP((r) => r.muxHTTP((u) => u.connect('127.0.0.1:9000')), { bodyTimeoutMs: TIME_MS }),
        { hasOnlyStreams },
      )
      await proxy.listen(9000)
      const client = await proxy.send(`${PUT}abc`)
      await proxy.transport.advance(LATE_MS)
      expect(client.take()).toBe(TOO_LATE)
      expect(proxy.upstream().take()).toMatch(/\r\n\r\nabc$/)
      expect(proxy.upstream().state).not.toBe('open')
    })
  })

  describe('with headTimeoutMs', () => {
    test('refuses each of many heads that come slowly, in its time', async () => {
      const { proxy } = await startManual({ headTimeoutMs: TIME_MS })
      const clients: WireEnd[] = []
      for (let i = 0; i < 20; i++) clients.push(await proxy.send(`GET /${i} HTTP/1.1\r\n`))
      for (let i = 0; i < 5; i++) {
        await proxy.transport.advance(TIME_MS / 5)
        for (const client of clients) client.write(`X-${i}: y\r\n`)
      }
      await proxy.transport.advance(LATE_MS - TIME_MS)
      for (const client of clients) {
        expect(client.take()).toBe(TOO_LATE)
        expect(client.state).toBe('ended')
        client.end()
      }
      await proxy.settle()
      expect(proxy.server.connectionCount).toBe(0)
      expect(proxy.transport.timerCount).toBe(0)
    })

    test('does not count the time in which the head is not read, because the client takes no answer', async () => {
      const { proxy, requests } = await startManual({ headTimeoutMs: TIME_MS, keepAliveTimeoutMs: 0 })
      const client = proxy.connect()
      client.keepsText = false
      client.pause()
      client.write(requestText('GET /1'), 'GET /2 HTTP/1.1\r\n')
      await proxy.settle()
      requests.session(0).emit(new MessageStart({ headers: { 'content-length': '200000' } }))
      for (let i = 0; i < 4; i++) requests.session(0).emit(new Data('x'.repeat(50_000)))
      requests.session(0).emit(new MessageEnd())
      await proxy.settle()
      client.write('Host: a\r\n\r\n')
      await proxy.transport.advance(10 * TIME_MS)
      expect(requests.sessions).toHaveLength(1)
      client.resume()
      await proxy.settle()
      expect(requests.session(1).take()).toEqual(['start GET /2', 'end'])
    })
  })

  describe('with keepAliveTimeoutMs', () => {
    const options = { keepAliveTimeoutMs: TIME_MS }

    test('ends a connection in good order that sends no request at all', async () => {
      const { proxy } = await startManual(options)
      const client = proxy.connect()
      await proxy.transport.advance(TIME_MS)
      expect(client.state).toBe('open')
      await proxy.transport.advance(LATE_MS - TIME_MS)
      expect(client.state).toBe('ended')
      expect(client.take()).toBe('')
      client.end()
      await proxy.settle()
      expect(client.state).toBe('closed')
      expect(proxy.server.connectionCount).toBe(0)
      expect(proxy.transport.timerCount).toBe(0)
    })

    test('ends a connection in good order that sends no other request', async () => {
      const { proxy, requests } = await startManual(options)
      const client = await proxy.send(requestText('GET /'))
      await proxy.transport.advance(5 * TIME_MS)
      requests.session(0).emit(...answer('a'))
      await proxy.transport.advance(TIME_MS)
      expect(client.state).toBe('open')
      await proxy.transport.advance(LATE_MS - TIME_MS)
      expect(client.take()).toBe(answerText('a'))
      expect(client.state).toBe('ended')
    })

    test('does not run a request that comes too late', async () => {
      const { proxy, requests } = await startManual(options)
      const client = proxy.connect()
      await proxy.transport.advance(LATE_MS)
      client.write(requestText('GET /'))
      await proxy.settle()
      expect(requests.sessions).toHaveLength(0)
      await proxy.transport.advance(2 * LIMITS.lingerTimeoutMs)
      expect(proxy.server.connectionCount).toBe(0)
    })

    test('leaves a connection alone that sends requests now and then', async () => {
      const { proxy, requests } = await startManual(options)
      const client = proxy.connect()
      for (let i = 0; i < 5; i++) {
        await proxy.transport.advance(TIME_MS - 100)
        client.write(requestText('GET /'))
        await proxy.settle()
        requests.session(i).emit(...answer('a'))
      }
      await proxy.settle()
      expect(client.take()).toBe(answerText('a').repeat(5))
    })

    test('does not count the time of heads, bodies and answers', async () => {
      const { proxy, requests } = await startManual({ ...options, headTimeoutMs: 0, bodyTimeoutMs: 0 })
      const client = await proxy.send(PUT.slice(0, 20))
      await proxy.transport.advance(5 * TIME_MS)
      client.write(PUT.slice(20))
      await proxy.transport.advance(5 * TIME_MS)
      client.write('x'.repeat(9))
      await proxy.transport.advance(5 * TIME_MS)
      requests.session(0).emit(...answer('a'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('a'))
      expect(client.state).toBe('open')
    })

    test('does not drop requests that wait until the client takes its answer', async () => {
      const { proxy, requests } = await startManual(options)
      const client = proxy.connect()
      client.keepsText = false
      client.pause()
      client.write(requestText('GET /1'))
      await proxy.settle()
      requests.session(0).emit(new MessageStart({ headers: { 'content-length': '200000' } }))
      for (let i = 0; i < 4; i++) requests.session(0).emit(new Data('x'.repeat(50_000)))
      requests.session(0).emit(new MessageEnd())
      client.write(requestText('GET /2'))
      await proxy.transport.advance(10 * TIME_MS)
      client.resume()
      await proxy.settle()
      expect(requests.session(1).take()).toEqual(['start GET /2', 'end'])
    })

    test('is not fooled by line breaks', async () => {
      const { proxy } = await startManual(options)
      const client = await proxy.send('\r\n')
      await proxy.transport.advance(LATE_MS)
      expect(client.state).toBe('ended')
    })

    test('leaves that to listen when it is 0', async () => {
      const { proxy } = await startManual({ keepAliveTimeoutMs: 0 })
      const client = proxy.connect()
      await proxy.transport.advance(50_000)
      expect(client.state).toBe('open')
      await proxy.transport.advance(LIMITS.idleTimeoutMs)
      expect(proxy.server.connectionCount).toBe(0)
    })
  })
})
