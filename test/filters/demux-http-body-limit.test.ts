import { describe, expect, test } from 'vitest'
import { Data, MessageEnd, MessageStart } from '../../src/events.ts'
import { demuxHTTP, type DemuxHttpOptions } from '../../src/filters/demux-http.ts'
import { LIMITS } from '../../src/limits.ts'
import { ManualFilter } from '../support/manual-filter.ts'
import { answerText, refusalText, requestText } from './wire/http-text.ts'
import { TRANSPORTS, WireProxy } from './wire/wire-proxy.ts'

const TOO_LONG = refusalText('413 Content Too Large')
const CHUNKED = 'PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'

describe.each(TRANSPORTS)('maxBodyBytes of demuxHTTP over $transport', ({ hasOnlyStreams }) => {
  async function startManual(
    options: DemuxHttpOptions = { maxBodyBytes: 10 },
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

  test('takes a body that is just as long', async () => {
    const { proxy, requests } = await startManual()
    await proxy.send(requestText('PUT /', { body: 'x'.repeat(10) }), `${CHUNKED}5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n`)
    expect(requests.session(0).take()).toEqual(['start PUT /', 'data "xxxxxxxxxx"', 'end'])
    expect(requests.session(1).take()).toEqual(['start PUT /', 'data "hello"', 'data "world"', 'end'])
  })

  test('counts each request for itself', async () => {
    const { proxy, requests } = await startManual()
    const client = proxy.connect()
    for (let i = 0; i < 5; i++) {
      client.write(`${CHUNKED}9\r\nsome text\r\n0\r\n\r\n`)
      await proxy.settle()
      requests.session(i).emit(...answer('a'))
      await proxy.settle()
    }
    expect(client.take()).toBe(answerText('a').repeat(5))
  })

  test('is no limit when it is 0, nor by default', async () => {
    for (const options of [{ maxBodyBytes: 0 }, {}]) {
      const { proxy, requests } = await startManual(options)
      await proxy.send('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9007199254740991\r\n\r\n')
      expect(requests.session(0).take()).toEqual(['start PUT /'])
      await proxy.close()
    }
  })

  describe('refuses a request by its Content-Length', () => {
    test.each([
      ['one byte too many', '11'],
      ['far too many', '9007199254740991'],
    ])('with %s, of which no pipeline sees a byte', async (_, length) => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send(`PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`)
      expect(client.take()).toBe(TOO_LONG)
      expect(client.state).toBe('ended')
      expect(requests.sessions.flatMap((session) => session.take())).toEqual([])
    })

    test('without leave to send it', async () => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send('PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n')
      expect(client.take()).toBe(TOO_LONG)
      expect(client.state).toBe('ended')
      expect(requests.sessions.flatMap((session) => session.take())).toEqual([])
    })

    test('in its turn, and does not run what comes behind it', async () => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send(
        requestText('GET /1'),
        requestText('PUT /2', { body: 'x'.repeat(11) }),
        requestText('GET /3'),
      )
      expect(client.take()).toBe('')
      requests.session(0).emit(...answer('a'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('a') + TOO_LONG)
      expect(client.state).toBe('ended')
      expect(requests.sessions.flatMap((session) => session.take())).toEqual(['start GET /1', 'end'])
    })
  })

  describe('refuses a chunked request', () => {
    test('at the chunk that is too much, and breaks its pipeline off', async () => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send(`${CHUNKED}5\r\nhello\r\n`)
      client.write('5\r\nworld\r\n')
      await proxy.settle()
      expect(client.take()).toBe('')
      client.write('1\r\nx\r\n0\r\n\r\n', requestText('GET /not-run'))
      await proxy.settle()
      expect(requests.session(0).take()).toEqual([
        'start PUT /',
        'data "hello"',
        'data "world"',
        'close BODY_TOO_LARGE',
      ])
      expect(requests.session(0).closeCount).toBe(1)
      expect(requests.sessions.flatMap((session) => session.take())).toEqual([])
      expect(client.take()).toBe(TOO_LONG)
      expect(client.state).toBe('ended')
    })

    test('before the chunk is over, and passes on no byte beyond the limit', async () => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send(CHUNKED, 'ffffff\r\nhello')
      expect(client.take()).toBe('')
      client.write(' world')
      await proxy.settle()
      expect(client.take()).toBe(TOO_LONG)
      expect(requests.session(0).take()).toEqual(['start PUT /', 'data "hello"', 'close BODY_TOO_LARGE'])
    })

    test('in its turn', async () => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send(requestText('GET /1'), `${CHUNKED}b\r\nhello world\r\n`)
      expect(client.take()).toBe('')
      requests.session(0).emit(...answer('a'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('a') + TOO_LONG)
    })

    test('to which it had given leave to send', async () => {
      const { proxy } = await startManual()
      const client = await proxy.send(
        'PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n',
      )
      expect(client.take()).toBe(CONTINUE)
      client.write('b\r\nhello world\r\n')
      await proxy.settle()
      expect(client.take()).toBe(TOO_LONG)
      expect(client.state).toBe('ended')
    })

    test('whose answer has begun with a cut: no other answer may follow that part', async () => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send(CHUNKED)
      requests.session(0).emit(new MessageStart({ headers: { 'content-length': '9' } }), new Data('early'))
      client.write('b\r\nhello world\r\n')
      await proxy.settle()
      expect(client.state).toBe('cut')
      expect(requests.session(0).closeCount).toBe(1)
      expect(proxy.server.connectionCount).toBe(0)
    })

    test('whose answer is complete with nothing: it is read to no purpose', async () => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send(CHUNKED)
      requests.session(0).emit(...answer('early'))
      client.write('b\r\nhello world\r\n0\r\n\r\n', requestText('GET /2'))
      await proxy.settle()
      requests.session(1).emit(...answer('b'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('early') + answerText('b'))
    })
  })

  test.each(['Content-Length: 11', 'Transfer-Encoding: chunked'])(
    'refuses a request with %s on its way to an upstream, which sees the connection break and no end',
    async (framing) => {
      const proxy = await WireProxy.start(
        (p) => p.demuxHTTP((r) => r.muxHTTP((u) => u.connect('127.0.0.1:9000')), { maxBodyBytes: 10 }),
        { hasOnlyStreams },
      )
      await proxy.listen(9000)
      const client = await proxy.send(`PUT / HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n`)
      client.write('b\r\nhello world\r\n0\r\n\r\n')
      await proxy.settle()
      expect(client.take()).toBe(TOO_LONG)
      if (framing.startsWith('Content-Length')) {
        expect(proxy.accepted(9000)).toHaveLength(0)
      } else {
        expect(proxy.upstream().take()).not.toContain('hello')
        expect(proxy.upstream().state).not.toBe('open')
      }
      client.end()
      await proxy.settle()
      expect(proxy.server.connectionCount).toBe(0)
    },
  )

  describe('with a client that sends on', () => {
    const PIECE = 'x'.repeat(64 * 1024)

    async function sendTooMuch(): Promise<{ proxy: WireProxy; client: Awaited<ReturnType<WireProxy['send']>> }> {
      const { proxy } = await startManual()
      const client = await proxy.send('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n')
      for (let size = 0; size <= 4 * LIMITS.maxDiscardedBytes && !client.isFull; size += PIECE.length) {
        client.write(PIECE)
        await proxy.settle()
      }
      return { proxy, client }
    }

    test('reads no more than maxDiscardedBytes of it and lets it have its answer: no reset', async () => {
      const { proxy, client } = await sendTooMuch()
      expect(client.isFull).toBe(true)
      expect(client.take()).toBe(TOO_LONG)
      expect(client.state).toBe('ended')
      expect(proxy.server.connectionCount).toBe(1)
    })

    test('closes after the time of a connection that lingers', async () => {
      const { proxy, client } = await sendTooMuch()
      await proxy.transport.advance(2 * LIMITS.lingerTimeoutMs)
      expect(client.isClosed || client.isEnded).toBe(true)
      expect(proxy.server.connectionCount).toBe(0)
      expect(proxy.transport.timerCount).toBe(0)
    })

    test('closes at once when it goes', async () => {
      const { proxy } = await startManual()
      const client = await proxy.send('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n', PIECE)
      client.end()
      await proxy.settle()
      expect(client.state).toBe('closed')
      expect(proxy.server.connectionCount).toBe(0)
    })
  })
})
