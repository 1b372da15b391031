import { describe, expect, test } from 'vitest'
import type { FilterRecipe } from '../../src/engine/filter-recipe.ts'
import { Filter } from '../../src/engine/filter.ts'
import { Data, type Event, Message, MessageEnd, MessageStart, StreamEnd } from '../../src/events.ts'
import { decodeHTTPRequest } from '../../src/filters/decode-http-request.ts'
import { encodeHTTPResponse } from '../../src/filters/encode-http-response.ts'
import { muxHTTP } from '../../src/filters/mux-http.ts'
import { replaceMessage } from '../../src/filters/replace-message.ts'
import { ManualFilter } from '../support/manual-filter.ts'
import { runPipeline } from '../support/run-pipeline.ts'
import { answerText, requestText } from './wire/http-text.ts'
import { startMuxProxy } from './wire/mux-proxy.ts'
import { TRANSPORTS, WireProxy } from './wire/wire-proxy.ts'

const KIB = 1024
/** More than all buffers of a proxy together, by far. */
const LARGE = 8 * 1024 * KIB

describe.each(TRANSPORTS)('demuxHTTP and muxHTTP with a body over $transport', ({ hasOnlyStreams }) => {
  test('stop reading the upstream while the client takes nothing, and lose nothing', async () => {
    const proxy = await startMuxProxy({ hasOnlyStreams })
    const client = proxy.connect()
    client.keepsText = false
    client.pause()
    client.write(requestText('GET /'))
    await proxy.settle()
    const upstream = proxy.upstream()
    upstream.write(`HTTP/1.1 200 OK\r\nContent-Length: ${LARGE}\r\n\r\n`)
    let written = 0
    const piece = 'x'.repeat(64 * KIB)
    while (!upstream.isFull && written < LARGE) {
      upstream.write(piece)
      written += piece.length
      await proxy.settle()
    }
    expect(written).toBeLessThan(LARGE / 8)
    client.resume()
    for (; written < LARGE; written += piece.length) upstream.write(piece)
    await proxy.settle()
    expect(client.receivedBytes).toBe(`HTTP/1.1 200 OK\r\nContent-Length: ${LARGE}\r\n\r\n`.length + LARGE)
    expect(client.state).toBe('open')
  })

  test('stop reading the client while the upstream takes nothing, and lose nothing', async () => {
    const proxy = await startMuxProxy({ hasOnlyStreams })
    const head = `PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${LARGE}\r\n\r\n`
    const client = await proxy.send(head)
    const upstream = proxy.upstream()
    upstream.keepsText = false
    upstream.pause()
    let written = 0
    const piece = 'x'.repeat(64 * KIB)
    while (!client.isFull && written < LARGE) {
      client.write(piece)
      written += piece.length
      await proxy.settle()
    }
    expect(written).toBeLessThan(LARGE / 8)
    upstream.resume()
    for (; written < LARGE; written += piece.length) client.write(piece)
    await proxy.settle()
    expect(upstream.receivedBytes).toBe(head.length + LARGE)
    upstream.write(answerText('a'))
    await proxy.settle()
    expect(client.take()).toBe(answerText('a'))
  })

  test('leave a connection that was full to the next request', async () => {
    const proxy = await startMuxProxy({ hasOnlyStreams })
    const client = await proxy.send(`PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${1024 * KIB}\r\n\r\n`)
    const upstream = proxy.upstream()
    upstream.keepsText = false
    upstream.pause()
    client.write('x'.repeat(1024 * KIB))
    await proxy.settle()
    upstream.resume()
    await proxy.settle()
    upstream.write(answerText('a'))
    await proxy.settle()
    for (let i = 0; i < 3; i++) {
      client.write(requestText('PUT /', { body: 'x'.repeat(300 * KIB) }))
      await proxy.settle()
      upstream.write(answerText(`${i}`))
      await proxy.settle()
    }
    expect(client.take()).toBe(['a', '0', '1', '2'].map((body) => answerText(body)).join(''))
    expect(proxy.accepted(9000)).toHaveLength(1)
  })

  test('leave a connection whose client did not read to the next client', async () => {
    const proxy = await startMuxProxy({ hasOnlyStreams, key: () => 'k' })
    const slow = proxy.connect()
    slow.keepsText = false
    slow.pause()
    slow.write(requestText('GET /1'))
    await proxy.settle()
    const quick = await proxy.send(requestText('GET /2'))
    proxy.upstream().write(answerText('x'.repeat(1024 * KIB)))
    await proxy.settle()
    expect(quick.take()).toBe('')
    slow.resume()
    await proxy.settle()
    expect(slow.receivedBytes).toBe(answerText('x'.repeat(1024 * KIB)).length)
    proxy.upstream().write(answerText('b'))
    await proxy.settle()
    expect(quick.take()).toBe(answerText('b'))
  })

  test('give the connection of a client that does not read up when it leaves', async () => {
    const proxy = await startMuxProxy({ hasOnlyStreams, key: () => 'k' })
    const slow = proxy.connect()
    slow.pause()
    slow.write(requestText('GET /1'))
    await proxy.settle()
    const quick = await proxy.send(requestText('GET /2'))
    proxy.upstream().write(answerText('x'.repeat(1024 * KIB)))
    await proxy.settle()
    slow.abort()
    await proxy.settle()
    proxy.upstream(1).write(answerText('b'))
    await proxy.settle()
    expect(quick.take()).toBe(answerText('b'))
  })
})

/** Answers each head as soon as it comes. */
class NotFoundAtOnce extends Filter {
  override process(event: Event): void {
    if (event.type !== 'Data' || event.toString('latin1')?.startsWith('PUT') !== true) return
    this.next.process(new Data('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'))
  }
}

const notFoundAtOnce: FilterRecipe = { name: 'notFoundAtOnce', bind: () => (pipeline) => new NotFoundAtOnce(pipeline) }

describe('muxHTTP whose pipeline answers by itself', () => {
  const inProcess = {
    filters: [decodeHTTPRequest(), replaceMessage((m) => new Message(`${m.body?.size}`)), encodeHTTPResponse()],
  }

  test('delivers answers that come at once', () => {
    const session = runPipeline([muxHTTP(inProcess, 'key')])
    const put = (body: string): Message => new Message({ method: 'PUT', path: '/', headers: { host: 'a' } }, body)
    session.feed(put('a'), put('bc'), put('def'))
    expect(session.take()).toEqual([
      'start 200',
      'data "1"',
      'end',
      'start 200',
      'data "2"',
      'end',
      'start 200',
      'data "3"',
      'end',
    ])
    expect(session.pauses).toBe(0)
  })

  test('delivers an answer that comes at once to the head of a request, and drops the rest of that', () => {
    const session = runPipeline([muxHTTP({ filters: [notFoundAtOnce] }, 'key')])
    const head = { method: 'PUT', path: '/', headers: { host: 'a', 'content-length': '4' } }
    for (let i = 0; i < 3; i++) {
      session.feed(new MessageStart(head), new Data('ab'), new Data('cd'), new MessageEnd())
      expect(session.take()).toEqual(['start 404', 'end'])
    }
    expect(session.pauses).toBe(0)
  })
})

describe('muxHTTP in a plain pipeline', () => {
  const request = (path: string): Message => new Message({ method: 'GET', path, headers: { host: 'a' } })

  test('sends one request after the other, each once its predecessor is answered', () => {
    const upstream = new ManualFilter()
    const session = runPipeline([muxHTTP({ filters: [upstream.recipe] }, 'key')])
    session.feed(request('/1'), request('/2'))
    expect(session.pauses).toBe(1)
    expect(upstream.session(0).take()).toEqual([
      `data ${JSON.stringify(requestText('GET /1').replace('Host', 'host'))}`,
    ])
    upstream.session(0).emit(new Data(answerText('a')))
    expect(session.take()).toEqual(['start 200', 'data "a"', 'end'])
    expect(session.pauses).toBe(0)
    expect(upstream.session(0).take()).toEqual([
      `data ${JSON.stringify(requestText('GET /2').replace('Host', 'host'))}`,
    ])
  })

  test('passes the end on behind the answer that is under way', () => {
    const upstream = new ManualFilter()
    const session = runPipeline([muxHTTP({ filters: [upstream.recipe] }, 'key')])
    session.feed(request('/1'), new StreamEnd())
    expect(session.take()).toEqual([])
    upstream.session(0).emit(new Data(answerText('a')))
    expect(session.take()).toEqual(['start 200', 'data "a"', 'end', 'close'])
  })

  test('passes the end on behind the answers to all that wait', () => {
    const upstream = new ManualFilter()
    const session = runPipeline([muxHTTP({ filters: [upstream.recipe] }, 'key')])
    session.feed(request('/1'), request('/2'), new StreamEnd())
    upstream.session(0).emit(new Data(answerText('a')))
    upstream.session(0).emit(new Data(answerText('b')))
    expect(session.take()).toEqual(['start 200', 'data "a"', 'end', 'start 200', 'data "b"', 'end', 'close'])
  })

  test('passes the end on at once when nothing is under way', () => {
    const session = runPipeline([muxHTTP({ filters: [] }, 'key')])
    expect(session.feed(new StreamEnd()).take()).toEqual(['close'])
  })

  test('passes an error of the input on, and gives up the connection', () => {
    const upstream = new ManualFilter()
    const session = runPipeline([muxHTTP({ filters: [upstream.recipe] }, 'key')])
    session.feed(request('/1'), new StreamEnd(new Error('oops')))
    expect(session.take()).toEqual(['close Error: oops'])
    expect(upstream.session(0).closeCount).toBe(1)
  })

  test('gives back the pauses of its source when it is closed', () => {
    const upstream = new ManualFilter()
    const proxy = runPipeline([muxHTTP({ filters: [upstream.recipe] }, 'key')]).proxy
    const first = proxy.open().feed(request('/1'))
    const second = proxy.open().feed(request('/2'))
    expect([first.pauses, second.pauses]).toEqual([0, 1])
    second.close()
    upstream.session(0).prev.pause()
    upstream.session(0).prev.pause()
    expect(first.pauses).toBe(1)
    upstream.session(0).prev.resume()
    expect(first.pauses).toBe(1)
    first.close()
    expect([first.pauses, second.pauses]).toEqual([0, 0])
  })

  test('holds its source as long as one filter of the upstream pipeline is full', () => {
    const upstream = new ManualFilter()
    const session = runPipeline([muxHTTP({ filters: [upstream.recipe] }, 'key')])
    session.feed(new MessageStart({ method: 'PUT', headers: { host: 'a', 'content-length': '9' } }))
    const { prev } = upstream.session(0)
    prev.pause()
    prev.pause()
    prev.resume()
    expect(session.pauses).toBe(1)
    prev.resume()
    expect(session.pauses).toBe(0)
  })
})

test('muxHTTP sends a request that a script made without Host with an empty one', async () => {
  const proxy = await WireProxy.start(
    (p) =>
      p.demuxHTTP((r) =>
        r
          .replaceMessage(() => new Message({ method: 'GET', path: '/made' }))
          .muxHTTP((u) => u.connect('127.0.0.1:9000')),
      ),
    { hasOnlyStreams: false },
  )
  await proxy.listen(9000)
  const client = await proxy.send(requestText('GET /'))
  expect(proxy.upstream().take()).toBe('GET /made HTTP/1.1\r\nHost: \r\n\r\n')
  proxy.upstream().write(answerText('a'))
  await proxy.settle()
  expect(client.take()).toBe(answerText('a'))
})
