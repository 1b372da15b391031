import { describe, expect, test } from 'vitest'
import { Message, MessageEnd, MessageStart, StreamEnd } from '../../src/events.ts'
import { demuxHTTP } from '../../src/filters/demux-http.ts'
import { ManualFilter } from '../support/manual-filter.ts'
import { answerText, requestText } from './wire/http-text.ts'
import { TRANSPORTS, WireProxy } from './wire/wire-proxy.ts'

const GET = requestText('GET /')
const EXPECTING = 'PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n'
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'

describe.each(TRANSPORTS)('Expect: 100-continue over $transport', ({ hasOnlyStreams }) => {
  async function startManual(): Promise<{ proxy: WireProxy; requests: ManualFilter<Record<never, never>> }> {
    const requests = new ManualFilter<Record<never, never>>()
    const proxy = await WireProxy.start((p) => p.filter(demuxHTTP({ filters: [requests.recipe] })), { hasOnlyStreams })
    return { proxy, requests }
  }

  async function startUpstream(): Promise<WireProxy> {
    const proxy = await WireProxy.start(
      (p) => p.demuxHTTP((r) => r.muxHTTP((u) => u.connect('127.0.0.1:9000'), 'key', { via: false })),
      { hasOnlyStreams },
    )
    await proxy.listen(9000)
    return proxy
  }

  const answer = (head = {}): [MessageStart, MessageEnd] => [new MessageStart(head), new MessageEnd()]

  describe('is answered by demuxHTTP', () => {
    test('exactly once, when no muxHTTP takes it', async () => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send(EXPECTING)
      expect(client.take()).toBe(CONTINUE)
      client.write('hello')
      await proxy.settle()
      expect(requests.session(0).take()).toEqual(['start PUT /', 'data "hello"', 'end'])
      requests.session(0).emit(...answer())
      await proxy.settle()
      expect(client.take()).toBe(answerText(''))
      expect(client.state).toBe('open')
    })

    test('not a second time, when the pipeline gives leave as well', async () => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send(EXPECTING)
      requests.session(0).emit(...answer({ status: 100 }), ...answer({ status: 100 }))
      await proxy.settle()
      expect(client.take()).toBe(CONTINUE)
    })

    test('in its turn, behind the answers before it', async () => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send(GET, EXPECTING)
      expect(client.take()).toBe('')
      requests.session(0).emit(...answer())
      await proxy.settle()
      expect(client.take()).toBe(answerText('') + CONTINUE)
    })

    test('by the answer itself, when that is there at once: then the connection ends, since the body may come or not', async () => {
      const proxy = await WireProxy.start(
        (p) => p.demuxHTTP((r) => r.replaceMessageStart(() => [...answer({ status: 413 }), new StreamEnd()])),
        { hasOnlyStreams },
      )
      const client = await proxy.send(EXPECTING)
      expect(client.take()).toBe('HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
      client.write('hello')
      await proxy.settle()
      expect(client.state).toBe('ended')
    })

    test('never to HTTP/1.0, whose connection it does not concern', async () => {
      const { proxy, requests } = await startManual()
      const request = 'PUT / HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n'
      const client = await proxy.send(request)
      expect(client.take()).toBe('')
      client.write('hello')
      await proxy.settle()
      requests.session(0).emit(...answer())
      await proxy.settle()
      expect(client.take()).toContain('Connection: keep-alive\r\n')
    })

    test('also when the body came with it', async () => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send(`${EXPECTING}hello`)
      expect(requests.session(0).take()).toEqual(['start PUT /', 'data "hello"', 'end'])
      expect([CONTINUE, '']).toContain(client.take())
      requests.session(0).emit(...answer())
      await proxy.settle()
      expect(client.take()).toBe(answerText(''))
    })
  })

  describe('goes end to end through muxHTTP', () => {
    test('which waits for the upstream to give leave', async () => {
      const proxy = await startUpstream()
      const client = await proxy.send(EXPECTING)
      expect(client.take()).toBe('')
      expect(proxy.upstream().take()).toBe(EXPECTING)
      proxy.upstream().write(CONTINUE)
      await proxy.settle()
      expect(client.take()).toBe(CONTINUE)
      client.write('hello')
      await proxy.settle()
      expect(proxy.upstream().take()).toBe('hello')
      proxy.upstream().write(answerText('fine'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('fine'))
      expect(client.state).toBe('open')
      client.write(GET)
      await proxy.settle()
      expect(proxy.accepted(9000)).toHaveLength(1)
      expect(proxy.upstream().take()).toBe(GET)
    })

    test('which passes leave on once, however often it is given', async () => {
      const proxy = await startUpstream()
      const client = await proxy.send(EXPECTING)
      proxy.upstream().write(CONTINUE, CONTINUE)
      await proxy.settle()
      expect(client.take()).toBe(CONTINUE)
    })

    test('which passes no leave on that nobody asked for', async () => {
      const proxy = await startUpstream()
      const client = await proxy.send(GET)
      proxy.upstream().write(CONTINUE, answerText('a'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('a'))
    })

    test('which passes a refusal on and ends both connections', async () => {
      const proxy = await startUpstream()
      const client = await proxy.send(EXPECTING)
      proxy.upstream().write(answerText('no', { status: '417 Expectation Failed' }))
      await proxy.settle()
      expect(client.take()).toBe('HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno')
      expect(client.state).toBe('ended')
      expect(proxy.upstream().isEnded).toBe(true)
    })

    test('which has leave given that came too early for it, in its turn', async () => {
      const proxy = await WireProxy.start(
        (p) => p.demuxHTTP((r) => r.muxHTTP((u) => u.connect('127.0.0.1:9000'), 'key', { maxConnections: 2 })),
        { hasOnlyStreams },
      )
      await proxy.listen(9000)
      const client = await proxy.send(requestText('GET /1'), EXPECTING)
      proxy.upstream(1).write(CONTINUE)
      await proxy.settle()
      expect(client.take()).toBe('')
      proxy.upstream(0).write(answerText('a'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('a') + CONTINUE)
    })

    test('although it was given by demuxHTTP while a callback was awaited', async () => {
      let release: () => void = () => undefined
      const released = new Promise<void>((resolve) => (release = resolve))
      const proxy = await WireProxy.start(
        (p) =>
          p.demuxHTTP((r) => r.handleMessageStart(() => released).muxHTTP((u) => u.connect('127.0.0.1:9000'), 'key')),
        { hasOnlyStreams },
      )
      await proxy.listen(9000)
      const client = await proxy.send(EXPECTING)
      expect(client.take()).toBe(CONTINUE)
      release()
      await proxy.settle()
      proxy.upstream().write(CONTINUE)
      await proxy.settle()
      expect(client.take()).toBe('')
    })
  })

  describe('and other interim answers', () => {
    const HINTS = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'

    test('are passed on from the upstream, ahead of the answer', async () => {
      const proxy = await startUpstream()
      const client = await proxy.send(GET)
      proxy.upstream().write(HINTS)
      await proxy.settle()
      expect(client.take()).toBe(HINTS)
      proxy.upstream().write(HINTS, answerText('a'))
      await proxy.settle()
      expect(client.take()).toBe(HINTS + answerText('a'))
    })

    test('are passed on from a pipeline', async () => {
      const { proxy, requests } = await startManual()
      const client = await proxy.send(GET)
      requests.session(0).emit(...answer({ status: 103, headers: { link: '</a>' } }), ...answer())
      await proxy.settle()
      expect(client.take()).toBe(`HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${answerText('')}`)
    })

    test('are passed on without a body and without what belongs to the connection', async () => {
      const proxy = await startUpstream()
      const client = await proxy.send(GET)
      proxy
        .upstream()
        .write(
          'HTTP/1.1 103 E\r\nConnection: x\r\nX: y\r\nContent-Length: 5\r\nKeep-Alive: 1\r\nLink: a\r\n\r\n',
          answerText(''),
        )
      await proxy.settle()
      expect(client.take()).toBe(`HTTP/1.1 103 E\r\nLink: a\r\n\r\n${answerText('')}`)
    })

    test('are not for HTTP/1.0', async () => {
      const proxy = await startUpstream()
      const client = await proxy.send('GET / HTTP/1.0\r\n\r\n')
      proxy.upstream().write(HINTS, answerText('a'))
      await proxy.settle()
      expect(client.take()).toMatch(/^HTTP\/1.1 200 OK\r\n/)
    })

    test('are kept back behind answers that are due before', async () => {
      const proxy = await WireProxy.start(
        (p) => p.demuxHTTP((r) => r.muxHTTP((u) => u.connect('127.0.0.1:9000'), 'key', { maxConnections: 2 })),
        { hasOnlyStreams },
      )
      await proxy.listen(9000)
      const client = await proxy.send(requestText('GET /1'), requestText('GET /2'))
      proxy.upstream(1).write(HINTS)
      await proxy.settle()
      expect(client.take()).toBe('')
      proxy.upstream(1).write(answerText('b'))
      proxy.upstream(0).write(answerText('a'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('a') + answerText('b'))
    })

    test('are not taken without end', async () => {
      const proxy = await startUpstream()
      const client = await proxy.send(GET)
      proxy.upstream().write(HINTS.repeat(1000))
      await proxy.settle()
      expect(client.take()).toMatch(/HTTP\/1.1 502 Bad Gateway\r\n[^]*Bad Gateway\n$/)
      expect(client.state).toBe('open')
    })
  })

  test('a switch of protocols that nobody asked for is a 502', async () => {
    const proxy = await startUpstream()
    const client = await proxy.send(GET)
    proxy.upstream().write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nnonsense')
    await proxy.settle()
    expect(client.take()).toMatch(/^HTTP\/1.1 502 Bad Gateway\r\n/)
    expect(client.state).toBe('open')
  })

  test('is not forgotten by a filter that collects the body', async () => {
    const proxy = await WireProxy.start((p) => p.demuxHTTP((r) => r.replaceMessage((m) => new Message(m.body))), {
      hasOnlyStreams,
    })
    const client = await proxy.send(EXPECTING)
    expect(client.take()).toBe(CONTINUE)
    client.write('hello')
    await proxy.settle()
    expect(client.take()).toBe(answerText('hello'))
  })
})
