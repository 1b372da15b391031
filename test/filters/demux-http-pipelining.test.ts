import { describe, expect, test } from 'vitest'
import { Data, Message, MessageEnd, MessageStart, StreamEnd } from '../../src/events.ts'
import { demuxHTTP, type DemuxHttpOptions } from '../../src/filters/demux-http.ts'
import { LIMITS } from '../../src/limits.ts'
import { ManualFilter } from '../support/manual-filter.ts'
import { runPipeline } from '../support/run-pipeline.ts'
import { answerText, requestText } from './wire/http-text.ts'
import { TRANSPORTS, WireProxy } from './wire/wire-proxy.ts'

const GET = requestText('GET /')
const KIB = 1024

describe.each(TRANSPORTS)('demuxHTTP with pipelined requests over $transport', ({ hasOnlyStreams }) => {
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

  test('runs them side by side and answers them in order, although the second is done first', async () => {
    const { proxy, requests } = await startManual()
    const client = await proxy.send(GET, GET, GET)
    expect(requests.sessions).toHaveLength(3)
    requests.session(1).emit(...answer('b'))
    requests.session(2).emit(...answer('c'))
    await proxy.settle()
    expect(client.take()).toBe('')
    requests.session(0).emit(...answer('a'))
    await proxy.settle()
    expect(client.take()).toBe(answerText('a') + answerText('b') + answerText('c'))
    expect(requests.sessions.map(({ closeCount }) => closeCount)).toEqual([1, 1, 1])
  })

  test('streams the second answer once the first one is complete', async () => {
    const { proxy, requests } = await startManual()
    const client = await proxy.send(GET, GET)
    requests.session(1).emit(new MessageStart({ headers: { 'content-length': '4' } }), new Data('ab'))
    requests.session(0).emit(...answer('a'))
    await proxy.settle()
    expect(client.take()).toMatch(/\r\n\r\nab$/)
    requests.session(1).emit(new Data('cd'), new MessageEnd())
    await proxy.settle()
    expect(client.take()).toBe('cd')
  })

  test('answers in turn for a pipeline that failed early', async () => {
    const { proxy, requests } = await startManual()
    const client = await proxy.send(GET, GET, GET)
    requests.session(1).emit(new StreamEnd(new Error('oops')))
    requests.session(2).emit(...answer('c'))
    requests.session(0).emit(...answer('a'))
    await proxy.settle()
    expect(client.take()).toMatch(/^HTTP\/1.1 200 OK[^]*\r\n\r\naHTTP\/1.1 500 [^]*HTTP\/1.1 200 OK[^]*\r\n\r\nc$/)
    expect(client.state).toBe('open')
  })

  test('cuts the connection in turn for a pipeline that failed inside its early answer', async () => {
    const { proxy, requests } = await startManual()
    const client = await proxy.send(GET, GET)
    const start = new MessageStart({ headers: { 'content-length': '9' } })
    requests.session(1).emit(start, new Data('ab'), new StreamEnd(new Error('oops')))
    await proxy.settle()
    expect(client.state).toBe('open')
    requests.session(0).emit(...answer('a'))
    await proxy.settle()
    expect(client.take()).not.toContain('500')
    expect(client.state).toBe('cut')
  })

  test('reads the requests in one segment and those in pieces the same', async () => {
    const text = `${requestText('PUT /1', { body: 'one' })}${GET}${requestText('PUT /3', { body: 'three' })}`
    for (const pieces of [[text], [...text]]) {
      const { proxy, requests } = await startManual()
      const client = proxy.connect()
      for (const piece of pieces) {
        client.write(piece)
        await proxy.settle()
      }
      const joined = requests.sessions.map((session) => session.take().join(' ').replaceAll('" data "', ''))
      expect(joined).toEqual(['start PUT /1 data "one" end', 'start GET / end', 'start PUT /3 data "three" end'])
      await proxy.close()
    }
  })

  test('lets the 33rd wait until one is answered, and reads no further', async () => {
    const { proxy, requests } = await startManual()
    const max = LIMITS.maxPipelinedRequests
    const client = await proxy.send(GET.repeat(max + 2))
    expect(requests.sessions).toHaveLength(max)
    requests.session(5).emit(...answer('early'))
    await proxy.settle()
    expect(requests.sessions).toHaveLength(max)
    requests.session(0).emit(...answer('a'))
    await proxy.settle()
    expect(requests.sessions).toHaveLength(max + 1)
    for (let i = 1; i < requests.sessions.length; i++) requests.session(i).emit(...answer(`${i}`))
    await proxy.settle()
    requests.session(max + 1).emit(...answer('last'))
    await proxy.settle()
    expect(client.take().match(/HTTP\/1.1 200 OK/g)).toHaveLength(max + 2)
  })

  test('lets as many wait as it is told to, one at a time if that is said', async () => {
    const { proxy, requests } = await startManual({ maxPipelinedRequests: 1 })
    const client = await proxy.send(requestText('PUT /1', { body: 'abc' }), GET, GET)
    for (let i = 0; i < 3; i++) {
      expect(requests.sessions).toHaveLength(i + 1)
      requests.session(i).emit(...answer(`${i}`))
      await proxy.settle()
    }
    expect(client.take()).toBe(answerText('0') + answerText('1') + answerText('2'))
  })

  test.each([1, 2, 32])(
    'answers all of a client that sends 100 at once and closes its side, %d at a time',
    async (max) => {
      const { proxy, requests } = await startManual({ maxPipelinedRequests: max })
      const client = await proxy.send(Array.from({ length: 100 }, (_, i) => requestText(`GET /${i}`)).join(''))
      client.end()
      await proxy.settle()
      for (let i = 0; i < 100; i++) {
        requests.session(i).emit(...answer(`${i}`))
        await proxy.settle()
      }
      expect(client.take()).toBe(Array.from({ length: 100 }, (_, i) => answerText(`${i}`)).join(''))
      expect(client.state).toBe('closed')
    },
  )

  test('answers 400 in turn to a client that closes its side inside the last of many', async () => {
    const { proxy, requests } = await startManual({ maxPipelinedRequests: 1 })
    const client = await proxy.send(GET, GET, 'GET /cut HTT')
    client.end()
    await proxy.settle()
    for (const i of [0, 1]) {
      requests.session(i).emit(...answer(`${i}`))
      await proxy.settle()
    }
    expect(client.take()).toMatch(/\r\n\r\n0HTTP\/1.1 200 OK[^]*\r\n\r\n1HTTP\/1.1 400 Bad Request\r\n/)
    expect(client.state).toBe('closed')
  })

  test('pauses an early answer that grows, and sends all of it in its turn', async () => {
    const { proxy, requests } = await startManual()
    const client = await proxy.send(GET, GET)
    const early = requests.session(1)
    early.emit(new MessageStart({ headers: { 'transfer-encoding': 'chunked' } }))
    let sent = 0
    while (early.pauses === 0 && sent < 100) {
      early.emit(new Data('x'.repeat(16 * KIB)))
      sent++
    }
    expect(sent * 16 * KIB).toBeLessThanOrEqual(LIMITS.maxOutOfOrderBytes + 16 * KIB)
    requests.session(0).emit(...answer('a'))
    await proxy.settle()
    expect(early.pauses).toBe(0)
    early.emit(new MessageEnd())
    await proxy.settle()
    expect(client.take().match(/x/g)).toHaveLength(sent * 16 * KIB)
  })

  test('pauses an early answer that comes in very many small pieces', async () => {
    const { proxy, requests } = await startManual()
    const client = await proxy.send(GET, GET)
    const early = requests.session(1)
    early.emit(new MessageStart({ headers: { 'transfer-encoding': 'chunked' } }))
    let sent = 0
    while (early.pauses === 0 && sent < LIMITS.maxHeldEvents) {
      early.emit(new Data('x'))
      sent++
    }
    expect(early.pauses).toBe(1)
    early.emit(new MessageEnd())
    requests.session(0).emit(...answer('a'))
    await proxy.settle()
    expect(client.take().match(/x/g)).toHaveLength(sent)
  })

  test('fails an early answer that goes on although it is paused', async () => {
    const { proxy, requests } = await startManual()
    const client = await proxy.send(GET, GET)
    const early = requests.session(1)
    early.emit(new MessageStart())
    for (let size = 0; size <= LIMITS.maxHeldBytes; size += 1024 * KIB) early.emit(new Data('x'.repeat(1024 * KIB)))
    expect(early.closeCount).toBe(1)
    requests.session(0).emit(...answer('a'))
    await proxy.settle()
    expect(client.take()).toMatch(/\r\n\r\naHTTP\/1.1 500 Internal Server Error\r\n/)
    expect(client.state).toBe('open')
  })
})

describe.each(TRANSPORTS)('demuxHTTP with a client that does not read over $transport', ({ hasOnlyStreams }) => {
  test('pauses the pipeline whose answer is going out, and resumes it', async () => {
    const requests = new ManualFilter<Record<never, never>>()
    const proxy = await WireProxy.start((p) => p.filter(demuxHTTP({ filters: [requests.recipe] })), { hasOnlyStreams })
    const client = proxy.connect()
    client.pause()
    client.write(GET, GET)
    await proxy.settle()
    const first = requests.session(0)
    first.emit(new MessageStart({ headers: { 'transfer-encoding': 'chunked' } }))
    let sent = 0
    while (first.pauses === 0 && sent < 200) {
      first.emit(new Data('x'.repeat(16 * KIB)))
      sent++
      await proxy.settle()
    }
    expect(first.pauses).toBe(1)
    expect(sent).toBeLessThan(30)
    // The next one is paused from its beginning.
    first.emit(new MessageEnd())
    await proxy.settle()
    expect(requests.session(1).pauses).toBe(1)
    client.resume()
    await proxy.settle()
    expect(requests.session(1).pauses).toBe(0)
    requests.session(1).emit(new MessageStart(), new Data('b'), new MessageEnd())
    await proxy.settle()
    const text = client.take()
    expect(text.match(/x/g)).toHaveLength(sent * 16 * KIB)
    expect(text.endsWith(answerText('b'))).toBe(true)
  })

  test('begins no more of its requests, so that answers do not pile up', async () => {
    let begun = 0
    const body = 'x'.repeat(32 * KIB)
    const proxy = await WireProxy.start(
      (p) => p.demuxHTTP((r) => r.handleMessageStart(() => void begun++).replaceMessage(new Message(body))),
      { hasOnlyStreams },
    )
    const client = proxy.connect()
    client.keepsText = false
    client.pause()
    client.write(GET.repeat(200))
    await proxy.settle()
    expect(begun).toBeLessThan(20)
    client.resume()
    await proxy.settle()
    expect(begun).toBe(200)
    expect(client.receivedBytes).toBe(200 * answerText(body).length)
    expect(client.state).toBe('open')
  })

  test('still reads the body of the request that it is answering', async () => {
    const requests = new ManualFilter<Record<never, never>>()
    const proxy = await WireProxy.start((p) => p.filter(demuxHTTP({ filters: [requests.recipe] })), { hasOnlyStreams })
    const client = proxy.connect()
    client.pause()
    client.write('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc')
    await proxy.settle()
    const request = requests.session(0)
    request.emit(new MessageStart({ headers: { 'transfer-encoding': 'chunked' } }))
    for (let i = 0; i < 20; i++) request.emit(new Data('x'.repeat(16 * KIB)))
    await proxy.settle()
    expect(request.pauses).toBe(1)
    client.write('def')
    await proxy.settle()
    expect(request.take()).toEqual(['start PUT /', 'data "abc"', 'data "def"', 'end'])
  })
})

describe.each(TRANSPORTS)('demuxHTTP with a pipeline that is full over $transport', ({ hasOnlyStreams }) => {
  test('stops reading the client, and goes on when there is room', async () => {
    const requests = new ManualFilter<Record<never, never>>()
    const proxy = await WireProxy.start((p) => p.filter(demuxHTTP({ filters: [requests.recipe] })), { hasOnlyStreams })
    const size = 1024 * KIB
    const client = await proxy.send(`PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`)
    const request = requests.session(0)
    request.take()
    request.prev.pause()
    let written = 0
    while (!client.isFull && written < size) {
      client.write('x'.repeat(64 * KIB))
      written += 64 * KIB
      await proxy.settle()
    }
    expect(written).toBeLessThan(size / 2)
    const taken = (): number =>
      request.take().reduce((sum, event) => sum + (event.startsWith('data') ? event.length - 'data ""'.length : 0), 0)
    expect(taken()).toBeLessThan(written)
    request.prev.resume()
    while (written < size) {
      client.write('x'.repeat(64 * KIB))
      written += 64 * KIB
    }
    await proxy.settle()
    request.emit(new MessageStart(), new MessageEnd())
    await proxy.settle()
    expect(client.take()).toBe(answerText(''))
  })

  test('that is closed meanwhile goes on with the next request', async () => {
    const requests = new ManualFilter<Record<never, never>>()
    const proxy = await WireProxy.start((p) => p.filter(demuxHTTP({ filters: [requests.recipe] })), { hasOnlyStreams })
    const client = await proxy.send('PUT /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n')
    const request = requests.session(0)
    request.prev.pause()
    client.write('x'.repeat(200_000), requestText('GET /2'))
    await proxy.settle()
    expect(requests.sessions).toHaveLength(1)
    request.emit(new MessageStart({ status: 404 }), new MessageEnd())
    await proxy.settle()
    expect(requests.session(1).take()).toEqual(['start GET /2', 'end'])
    requests.session(1).emit(new MessageStart(), new MessageEnd())
    await proxy.settle()
    expect(client.take()).toBe(answerText('', { status: '404 Not Found' }) + answerText(''))
  })
})

test('demuxHTTP answers all that it was given, although the end came while it held its source back', () => {
  const requests = new ManualFilter()
  const session = runPipeline([demuxHTTP({ filters: [requests.recipe] }, { maxPipelinedRequests: 1 })])
  session.feed(GET.repeat(3), new StreamEnd())
  expect(session.pauses).toBe(1)
  for (let i = 0; i < 3; i++) {
    requests.session(i).emit(new MessageStart({ status: 204 }), new MessageEnd())
  }
  const answers = Array.from({ length: 3 }, () => 'data "HTTP/1.1 204 No Content\\r\\n\\r\\n"')
  expect(session.take()).toEqual([...answers, 'close'])
  expect(session.pauses).toBe(0)
})
