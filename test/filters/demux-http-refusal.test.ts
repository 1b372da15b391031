import { describe, expect, test } from 'vitest'
import { Data, MessageEnd, MessageStart } from '../../src/events.ts'
import { demuxHTTP, type DemuxHttpOptions } from '../../src/filters/demux-http.ts'
import { LIMITS } from '../../src/limits.ts'
import { ManualFilter } from '../support/manual-filter.ts'
import { answerText, requestText } from './wire/http-text.ts'
import { TRANSPORTS, WireProxy } from './wire/wire-proxy.ts'

const GET = requestText('GET /')

/** What is refused, with the line that says so. */
const REFUSED = [
  ['no HTTP at all', '\x16\x03\x01\x02\x00', '400 Bad Request'],
  ['a head without Host', 'GET / HTTP/1.1\r\n\r\n', '400 Bad Request'],
  ['a space before a colon', 'GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n', '400 Bad Request'],
  [
    'a length and chunks',
    'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    '400 Bad Request',
  ],
  [
    'a coding that is not known',
    'PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n',
    '501 Not Implemented',
  ],
  [
    'chunks that are none, which came with their head',
    'PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nx\r\n',
    '400 Bad Request',
  ],
  ['CONNECT', 'CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n', '501 Not Implemented'],
  ['another version', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', '505 HTTP Version Not Supported'],
  ['a target that is too long', `GET /${'x'.repeat(9000)} HTTP/1.1\r\nHost: a\r\n\r\n`, '414 URI Too Long'],
  [
    'a header that is too long',
    `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    '431 Request Header Fields Too Large',
  ],
  [
    'too many headers',
    `GET / HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(101)}\r\n`,
    '431 Request Header Fields Too Large',
  ],
] as const

function refusal(status: string): string {
  const text = `${status.slice(4)}\n`
  return `HTTP/1.1 ${status}\r\ncontent-type: text/plain\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`
}

describe.each(TRANSPORTS)('demuxHTTP over $transport', ({ hasOnlyStreams }) => {
  async function startManual(
    options: DemuxHttpOptions = {},
  ): Promise<{ proxy: WireProxy; requests: ManualFilter<Record<never, never>> }> {
    const requests = new ManualFilter<Record<never, never>>()
    const proxy = await WireProxy.start((p) => p.filter(demuxHTTP({ filters: [requests.recipe] }, options)), {
      hasOnlyStreams,
    })
    return { proxy, requests }
  }

  const answer = (body: string, head = {}): [MessageStart, Data, MessageEnd] => [
    new MessageStart(head),
    new Data(body),
    new MessageEnd(),
  ]
  const allTaken = (requests: ManualFilter<Record<never, never>>): string[] =>
    requests.sessions.flatMap((session) => session.take())

  describe('refuses, of which no pipeline sees a byte,', () => {
    test.each(REFUSED)('%s', async (_, text, status) => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send(text)
      expect(client.take()).toBe(refusal(status))
      expect(client.state).toBe('ended')
      expect(allTaken(requests)).toEqual([])
      client.write(GET)
      await proxy.settle()
      expect(client.take()).toBe('')
      expect(allTaken(requests)).toEqual([])
      client.end()
      await proxy.settle()
      expect(proxy.server.connectionCount).toBe(0)
    })

    test.each(REFUSED)('%s in its turn, behind requests that are right', async (_, text, status) => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send(requestText('GET /1'), requestText('GET /2'), text, GET)
      await proxy.settle()
      expect(client.take()).toBe('')
      expect(allTaken(requests)).toEqual(['start GET /1', 'end', 'start GET /2', 'end'])
      requests.session(1).emit(...answer('b'))
      requests.session(0).emit(...answer('a'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('a') + answerText('b') + refusal(status))
      expect(client.state).toBe('ended')
      expect(allTaken(requests)).toEqual([])
    })
  })

  test('refuses a body that is no body, and ends the pipeline that takes it', async () => {
    const { proxy, requests } = await startManual()
    const client = await proxy.send('PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
    client.write('3\r\nabc\r\nx\r\n')
    await proxy.settle()
    expect(requests.session(0).take()).toEqual(['start PUT /', 'data "abc"', 'close MALFORMED_CHUNK'])
    expect(client.take()).toBe(refusal('400 Bad Request'))
    expect(client.state).toBe('ended')
  })

  test('takes the answer that a pipeline has for a body that is no body', async () => {
    const { proxy, requests } = await startManual()
    const client = await proxy.send(GET, 'PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
    requests.session(1).emit(...answer('early'))
    client.write('x\r\n')
    await proxy.settle()
    requests.session(0).emit(...answer('a'))
    await proxy.settle()
    expect(client.take()).toBe(
      `${answerText('a')}HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nearly`,
    )
    expect(client.state).toBe('ended')
  })

  test('says nothing more when the body turns out to be none behind the answer', async () => {
    const { proxy, requests } = await startManual()
    const client = await proxy.send('PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
    requests.session(0).emit(...answer('early'))
    await proxy.settle()
    expect(client.take()).toBe(answerText('early'))
    client.write('x\r\n')
    await proxy.settle()
    expect(client.take()).toBe('')
    expect(client.state).toBe('ended')
  })

  test('cuts the connection when the body turns out to be none inside the answer', async () => {
    const { proxy, requests } = await startManual()
    const client = await proxy.send('PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
    requests.session(0).emit(new MessageStart({ headers: { 'content-length': '9' } }), new Data('early'))
    await proxy.settle()
    client.write('x\r\n')
    await proxy.settle()
    expect(client.state).toBe('cut')
    expect(requests.session(0).closeCount).toBe(1)
  })

  test.each([
    ['inside the head', 'GET / HTTP/1.1\r\nHost'],
    ['inside the body', 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel'],
    [
      'inside the body of the last request',
      'PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhel',
    ],
    ['inside the body of HTTP/1.0', 'PUT / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhel'],
    ['inside a chunk', 'PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel'],
  ])('answers 400 to a client that closes its side %s', async (_, text) => {
    const { proxy } = await startManual()
    const client = await proxy.send(text)
    client.end()
    await proxy.settle()
    expect(client.take()).toBe(refusal('400 Bad Request'))
    expect(client.state).toBe('closed')
  })

  describe('when the answer comes before the request is over', () => {
    test('reads the rest and keeps the connection', async () => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send('PUT /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nab')
      requests.session(0).emit(...answer('early'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('early'))
      client.write('cd')
      await proxy.settle()
      client.write('ef', requestText('GET /2'))
      await proxy.settle()
      expect(requests.session(0).take()).toEqual(['start PUT /1', 'data "ab"'])
      expect(requests.session(1).take()).toEqual(['start GET /2', 'end'])
      requests.session(1).emit(...answer('b'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('b'))
    })

    test('reads no more of it than maxDiscardedBytes, and ends in good order: the answer was complete', async () => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n')
      requests.session(0).emit(...answer('early'))
      await proxy.settle()
      const piece = 'x'.repeat(64 * 1024)
      for (let size = 0; size < LIMITS.maxDiscardedBytes; size += piece.length) client.write(piece)
      await proxy.settle()
      expect(client.state).toBe('open')
      client.write(piece)
      await proxy.settle()
      expect(client.take()).toBe(answerText('early'))
      expect(client.state).toBe('ended')
      for (let i = 0; i < 20 && !client.isFull; i++) {
        client.write(piece)
        await proxy.settle()
      }
      expect(client.isFull).toBe(true)
      await proxy.transport.advance(2 * LIMITS.lingerTimeoutMs)
      expect(proxy.server.connectionCount).toBe(0)
    })

    test('reads as much of each, so that large bodies do not add up', async () => {
      const { proxy, requests } = await startManual()
      const client = proxy.connect()
      for (let i = 0; i < 3; i++) {
        client.write('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 700000\r\n\r\n')
        await proxy.settle()
        requests.session(i).emit(...answer('early'))
        client.write('x'.repeat(700_000))
        await proxy.settle()
      }
      expect(client.state).toBe('open')
      expect(client.take()).toBe(answerText('early').repeat(3))
    })
  })

  describe('with a client that sends on behind its last request', () => {
    test('answers that one, and does not read on for ever', async () => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 'x'.repeat(100_000))
      requests.session(0).emit(...answer('a'))
      await proxy.settle()
      expect(client.take()).toMatch(/\r\n\r\na$/)
      expect(client.state).toBe('ended')
      client.write('x'.repeat(2 * LIMITS.maxDiscardedBytes))
      await proxy.settle()
      expect(client.isFull).toBe(true)
      expect(client.state).toBe('ended')
      await proxy.transport.advance(2 * LIMITS.lingerTimeoutMs)
      expect(proxy.server.connectionCount).toBe(0)
    })

    test('does not run the requests that it sends', async () => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send('GET /1 HTTP/1.0\r\n\r\n', requestText('GET /2').repeat(50))
      expect(requests.sessions).toHaveLength(1)
      requests.session(0).emit(...answer('a'))
      await proxy.settle()
      client.write(requestText('GET /3'))
      await proxy.settle()
      expect(requests.sessions).toHaveLength(1)
    })
  })

  test('does not run the requests of the same segment behind an answer that ends the connection', async () => {
    const begun: string[] = []
    const proxy = await WireProxy.start(
      (p) =>
        p.demuxHTTP((r) =>
          r
            .handleMessageStart(({ head }) => void begun.push(head.path ?? ''))
            .replaceMessage(({ head }) => [
              new MessageStart({ headers: { 'content-length': head.path === '/cut' ? '9' : '1' } }),
              new Data('a'),
              new MessageEnd(),
            ]),
        ),
      { hasOnlyStreams },
    )
    const client = await proxy.send(
      requestText('GET /1'),
      requestText('GET /cut') + requestText('GET /3') + requestText('GET /4'),
    )
    expect(client.state).toBe('cut')
    expect(begun).toEqual(['/1', '/cut'])
  })

  describe('with a head that comes slowly', () => {
    test('answers 408 after headTimeoutMs, however regularly its bytes come', async () => {
      const { proxy, requests } = await startManual({ headTimeoutMs: 1000 })
      const client = await proxy.send('GET / HTTP/1.1\r\n')
      for (let i = 0; i < 9; i++) {
        await proxy.transport.advance(100)
        client.write(`X${i}: y\r\n`)
      }
      await proxy.settle()
      expect(client.take()).toBe('')
      await proxy.transport.advance(1000)
      expect(client.take()).toBe(refusal('408 Request Timeout'))
      expect(client.state).toBe('ended')
      expect(allTaken(requests)).toEqual([])
    })

    test('waits when it comes in time, and anew for each head', async () => {
      const { proxy, requests } = await startManual({ headTimeoutMs: 1000 })
      const client = proxy.connect()
      for (let i = 0; i < 3; i++) {
        client.write(GET.slice(0, 10))
        await proxy.transport.advance(800)
        client.write(GET.slice(10))
        await proxy.settle()
        requests.session(i).emit(...answer('a'))
        await proxy.transport.advance(800)
      }
      expect(client.take()).toBe(answerText('a').repeat(3))
    })

    test('does not count the time of an idle connection, of a body and of an answer', async () => {
      const { proxy, requests } = await startManual({ headTimeoutMs: 1000 })
      const client = await proxy.send(GET)
      await proxy.transport.advance(5000)
      requests.session(0).emit(...answer('a'))
      await proxy.transport.advance(5000)
      client.write('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na')
      await proxy.transport.advance(5000)
      client.write('b')
      await proxy.settle()
      requests.session(1).emit(...answer('b'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('a') + answerText('b'))
    })

    test('waits for ever when the time is 0', async () => {
      const { proxy } = await startManual({ headTimeoutMs: 0 })
      const client = await proxy.send('GET / HT')
      await proxy.transport.advance(50_000)
      expect(client.take()).toBe('')
      expect(client.state).toBe('open')
    })
  })
})
