import { describe, expect, test } from 'vitest'
import { demuxHTTP } from '../../src/filters/demux-http.ts'
import { Data, Message, MessageEnd, MessageStart, StreamEnd } from '../../src/events.ts'
import { ProxyError } from '../../src/errors.ts'
import { ManualFilter } from '../support/manual-filter.ts'
import { answerText, requestText } from './wire/http-text.ts'
import { TRANSPORTS, WireProxy } from './wire/wire-proxy.ts'

const GET = requestText('GET /')

describe.each(TRANSPORTS)('demuxHTTP over $transport', ({ hasOnlyStreams }) => {
  const options = { hasOnlyStreams }

  /** A proxy whose requests the test answers by hand. */
  async function startManual(): Promise<{ proxy: WireProxy; requests: ManualFilter<Record<never, never>> }> {
    const requests = new ManualFilter<Record<never, never>>()
    const proxy = await WireProxy.start((p) => p.filter(demuxHTTP({ filters: [requests.recipe] })), options)
    return { proxy, requests }
  }

  const answer = (body: string, head = {}): [MessageStart, Data, MessageEnd] => [
    new MessageStart(head),
    new Data(body),
    new MessageEnd(),
  ]

  test('answers a request and keeps the connection for the next one', async () => {
    const proxy = await WireProxy.start(
      (p) => p.demuxHTTP((r) => r.replaceMessage((m) => new Message(`${m.head.path}`))),
      options,
    )
    const client = await proxy.send(requestText('GET /1'))
    expect(client.take()).toBe(answerText('/1'))
    client.write(requestText('GET /2'))
    await proxy.settle()
    expect(client.take()).toBe(answerText('/2'))
    expect(client.state).toBe('open')
  })

  test('gives each request a pipeline of its own, with its own copy of the variables', async () => {
    const seen: number[] = []
    const proxy = await WireProxy.start<{ count: number }>(
      (p) =>
        p
          .handleSessionStart((_, $) => void ($.count = 10))
          .demuxHTTP((r) => r.handleMessageStart((_, $) => void seen.push(++$.count)).replaceMessage(new Message(''))),
      { ...options, variables: { count: 0 } },
    )
    await proxy.send(GET, GET, GET)
    expect(seen).toEqual([11, 11, 11])
  })

  test('streams an answer as it comes', async () => {
    const { proxy, requests } = await startManual()
    const client = await proxy.send(GET)
    requests.session(0).emit(new MessageStart({ headers: { 'content-length': '4' } }), new Data('ab'))
    await proxy.settle()
    expect(client.take()).toBe('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab')
    requests.session(0).emit(new Data('cd'), new MessageEnd())
    await proxy.settle()
    expect(client.take()).toBe('cd')
  })

  test('feeds a request into its pipeline as it comes', async () => {
    const { proxy, requests } = await startManual()
    const client = await proxy.send('POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n')
    expect(requests.session(0).take()).toEqual(['start POST /b'])
    client.write('ab')
    await proxy.settle()
    expect(requests.session(0).take()).toEqual(['data "ab"'])
    client.write('cd')
    await proxy.settle()
    expect(requests.session(0).take()).toEqual(['data "cd"', 'end'])
  })

  test('closes the pipeline of a request when its answer is complete', async () => {
    const { proxy, requests } = await startManual()
    await proxy.send(GET)
    expect(requests.session(0).closeCount).toBe(0)
    requests.session(0).emit(...answer('a'))
    expect(requests.session(0).closeCount).toBe(1)
  })

  test('ignores what a pipeline outputs behind its answer, and before it', async () => {
    const { proxy, requests } = await startManual()
    const client = await proxy.send(GET)
    const request = requests.session(0)
    request.emit(new Data('early'), ...answer('a'), ...answer('b'), new Data('late'), new StreamEnd())
    await proxy.settle()
    expect(client.take()).toBe(answerText('a'))
    expect(client.state).toBe('open')
  })

  test('answers 500 for a pipeline that outputs the end of an answer that has not begun', async () => {
    const { proxy, requests } = await startManual()
    const client = await proxy.send(GET)
    requests.session(0).emit(new MessageEnd())
    await proxy.settle()
    expect(client.take()).toMatch(/^HTTP\/1.1 500 /)
    expect(client.state).toBe('open')
  })

  test('answers HEAD with the length of the body and without it', async () => {
    const proxy = await WireProxy.start((p) => p.demuxHTTP((r) => r.replaceMessage(new Message('hello'))), options)
    const client = await proxy.send(requestText('HEAD /'), GET)
    expect(client.take()).toBe(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n${answerText('hello')}`)
  })

  describe('ends the connection behind the answer', () => {
    test.each([
      ['when the client asks for it', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
      ['to HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n'],
    ])('%s', async (_, request) => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send(request)
      requests.session(0).emit(...answer('a'))
      await proxy.settle()
      expect(client.take()).toBe('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\na')
      expect(client.state).toBe('ended')
      client.end()
      await proxy.settle()
      expect(client.state).toBe('closed')
      expect(proxy.server.connectionCount).toBe(0)
    })

    test('which is all that tells HTTP/1.0 the end of a streamed one', async () => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')
      requests
        .session(0)
        .emit(new MessageStart({ headers: { 'transfer-encoding': 'chunked' } }), new Data('ab'), new Data('c'))
      await proxy.settle()
      expect(client.take()).toBe('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc')
      expect(client.state).toBe('open')
      requests.session(0).emit(new MessageEnd())
      await proxy.settle()
      expect(client.state).toBe('ended')
    })

    test('and does not take a request that came behind the last one', async () => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send('GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', requestText('GET /2'))
      expect(requests.sessions).toHaveLength(1)
      requests.session(0).emit(...answer('a'))
      await proxy.settle()
      expect(requests.sessions).toHaveLength(1)
      expect(client.take()).toMatch(/\r\n\r\na$/)
    })
  })

  test('keeps the connection of HTTP/1.0 that asks for it', async () => {
    const { proxy, requests } = await startManual()
    const client = await proxy.send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')
    requests.session(0).emit(...answer('a'))
    await proxy.settle()
    expect(client.take()).toBe('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\na')
    expect(client.state).toBe('open')
  })

  test('says nothing to a client that connects and leaves', async () => {
    const { proxy, requests } = await startManual()
    const client = await proxy.send('')
    client.end()
    await proxy.settle()
    expect(client.take()).toBe('')
    expect(client.state).toBe('closed')
    expect(requests.sessions).toHaveLength(0)
  })

  test('gives a client that has closed its side the answers that it is owed', async () => {
    const { proxy, requests } = await startManual()
    const client = await proxy.send(GET, GET)
    client.end()
    await proxy.settle()
    requests.session(0).emit(...answer('a'))
    await proxy.settle()
    expect(client.take()).toBe(answerText('a'))
    expect(client.state).toBe('open')
    requests.session(1).emit(...answer('b'))
    await proxy.settle()
    expect(client.take()).toBe(answerText('b'))
    expect(client.state).toBe('closed')
  })

  describe('when the client breaks off', () => {
    test('ends each pipeline with the error, and closes it', async () => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send(GET, GET, 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel')
      for (const session of requests.sessions) session.take()
      client.abort()
      await proxy.settle()
      expect(requests.sessions.map((session) => session.take())).toEqual(
        Array.from({ length: 3 }, () => ['close CONNECTION_RESET']),
      )
      expect(requests.sessions.map((session) => session.closeCount)).toEqual([1, 1, 1])
      expect(proxy.server.connectionCount).toBe(0)
    })

    test('and a pipeline answers all the same, nothing happens', async () => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send(GET, GET)
      client.abort()
      await proxy.settle()
      requests.session(1).emit(...answer('b'))
      requests.session(0).emit(...answer('a'), new StreamEnd(new Error('late')))
      await proxy.settle()
      expect(client.take()).toBe('')
      expect(proxy.log.messages('error')).toEqual([])
    })
  })

  describe('when a pipeline fails before its answer', () => {
    test.each([
      ['a callback that throws with 500', new Error('oops'), '500 Internal Server Error'],
      ['an upstream that refuses with 502', new ProxyError('CONNECTION_REFUSED', 'no'), '502 Connection Refused'],
      ['a time that is over with 504', new ProxyError('RESPONSE_TIMEOUT', 'no'), '504 Gateway Timeout'],
      ['anything else with 500', 'oops', '500 Internal Server Error'],
    ])('tells of %s and keeps the connection', async (_, error, status) => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send(GET, GET)
      requests.session(0).emit(new StreamEnd(error))
      requests.session(1).emit(...answer('b'))
      await proxy.settle()
      const text = `${status.slice(4)}\n`
      expect(client.take()).toBe(
        answerText(text, { status, headers: 'content-type: text/plain\r\n' }) + answerText('b'),
      )
      expect(client.state).toBe('open')
    })

    test('answers 500 when a callback throws, and logs where', async () => {
      const proxy = await WireProxy.start(
        (p) =>
          p
            .demuxHTTP('work')
            .pipeline('work')
            .handleMessageStart(({ head }) => {
              if (head.path === '/throw') throw new Error('oops')
            })
            .replaceMessage(new Message('fine')),
        options,
      )
      const client = await proxy.send(requestText('POST /throw', { body: 'abc' }), requestText('GET /fine'))
      expect(client.take()).toMatch(/^HTTP\/1.1 500 Internal Server Error\r\n[^]*HTTP\/1.1 200 OK\r\n[^]*fine$/)
      expect(client.state).toBe('open')
      expect(proxy.log.messages('error')).toEqual([
        'Cannot run the callback of handleMessageStart in pipeline "work": oops',
      ])
    })

    test('answers 500 when an async callback rejects', async () => {
      const proxy = await WireProxy.start(
        (p) =>
          p.demuxHTTP((r) =>
            r.handleMessageStart(() => Promise.reject(new Error('oops'))).replaceMessage(new Message('')),
          ),
        options,
      )
      const client = await proxy.send(GET)
      expect(client.take()).toMatch(/^HTTP\/1.1 500 /)
      expect(client.state).toBe('open')
    })

    test('answers 500 when it ends without an answer, and logs it', async () => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send(GET)
      requests.session(0).emit(new StreamEnd())
      await proxy.settle()
      expect(client.take()).toMatch(/^HTTP\/1.1 500 Internal Server Error\r\n/)
      expect(client.state).toBe('open')
      expect(proxy.log.messages('error')).toHaveLength(1)
    })

    test('answers 500 when the answer was only collected so far', async () => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send(GET, GET)
      requests
        .session(0)
        .emit(new MessageStart({ status: 200 }), new Data('half of it'), new StreamEnd(new Error('oops')))
      requests.session(1).emit(...answer('b'))
      await proxy.settle()
      expect(client.take()).toMatch(
        /^HTTP\/1.1 500 Internal Server Error\r\n[^]*\r\n\r\nInternal Server Error\nHTTP\/1.1 200 OK\r\n/,
      )
      expect(client.state).toBe('open')
    })

    test.each([
      ['a header that would be two', { headers: { x: 'a\r\nSet-Cookie: b' } }, 500],
      ['a status that is none', { status: 99.5 }, 500],
      ['a length that is none', { headers: { 'content-length': 'x' } }, 500],
      ['a switch of protocols', { status: 101 }, 500],
      ['an interim head that cannot be sent', { status: 103, headers: { link: 'a\nb' } }, 500],
    ])('answers %s with %s', async (_, head, status) => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send(GET)
      requests.session(0).emit(...answer('a', head))
      await proxy.settle()
      expect(client.take()).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
      expect(client.state).toBe('open')
      expect(proxy.log.messages('error')).toHaveLength(1)
    })
  })

  describe('cuts the connection, so that nothing looks complete, when an answer', () => {
    test.each([
      ['ends with an error inside its body', [new Data('ab'), new StreamEnd(new Error('oops'))]],
      ['ends inside its body', [new Data('ab'), new StreamEnd()]],
      ['is shorter than its length', [new Data('ab'), new MessageEnd()]],
      ['is longer than its length', [new Data('ab'), new Data('cde'), new MessageEnd()]],
      ['begins anew inside its body', [new Data('ab'), new MessageStart({ status: 500 })]],
    ])('%s', async (_, events) => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send(GET, GET)
      requests.session(1).emit(...answer('never sent'))
      requests.session(0).emit(new MessageStart({ headers: { 'content-length': '4' } }), ...events)
      await proxy.settle()
      expect('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab'.startsWith(client.take())).toBe(true)
      expect(client.state).toBe('cut')
      expect(requests.sessions.map(({ closeCount }) => closeCount)).toEqual([1, 1])
      expect(proxy.server.connectionCount).toBe(0)
    })

    test('in chunks ends with an error, of which the last one is never sent', async () => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send(GET)
      requests.session(0).emit(new MessageStart({ headers: { 'transfer-encoding': 'chunked' } }), new Data('ab'))
      await proxy.settle()
      requests.session(0).emit(new StreamEnd())
      await proxy.settle()
      expect(client.take()).not.toContain('0\r\n\r\n')
      expect(client.state).toBe('cut')
    })

    test('to HTTP/1.0 that is told by the end ends with an error', async () => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send('GET / HTTP/1.0\r\n\r\n')
      requests.session(0).emit(new MessageStart({ headers: { 'transfer-encoding': 'chunked' } }), new Data('ab'))
      await proxy.settle()
      requests.session(0).emit(new StreamEnd(new Error('oops')))
      await proxy.settle()
      expect(client.state).toBe('cut')
    })
  })
})
