import { describe, expect, test } from 'vitest'
import type { FilterRecipe } from '../../src/engine/filter-recipe.ts'
import { Filter } from '../../src/engine/filter.ts'
import { Data, type Event, Message } from '../../src/events.ts'
import { muxHTTP } from '../../src/filters/mux-http.ts'
import { LIMITS } from '../../src/limits.ts'
import { ManualFilter } from '../support/manual-filter.ts'
import { runPipeline } from '../support/run-pipeline.ts'
import { answerText, requestText } from './wire/http-text.ts'
import { startMuxProxy, UPSTREAM_PORT } from './wire/mux-proxy.ts'
import { TRANSPORTS, WireProxy } from './wire/wire-proxy.ts'

const put = (path: string): Message => new Message({ method: 'PUT', path, headers: { host: 'a' } }, 'body')

/** Answers its first request within the call that brings it, and every other when the test says so. */
class FirstAtOnce extends Filter {
  readonly paths: string[] = []
  readonly emit = (text: string): void => this.next.process(new Data(text))
  #isAnswered = false

  override process(event: Event): void {
    const text = event.type === 'Data' ? (event.toString() ?? '') : ''
    const [, path] = /^PUT (\S+)/.exec(text) ?? []
    if (path !== undefined) this.paths.push(path)
    if (this.#isAnswered || !text.endsWith('body')) return
    this.#isAnswered = true
    this.emit(answerText('at once'))
  }
}

function firstAtOnce(): { readonly recipe: FilterRecipe; readonly sessions: FirstAtOnce[] } {
  const sessions: FirstAtOnce[] = []
  const bind: FilterRecipe['bind'] = () => (pipeline) => {
    const session = new FirstAtOnce(pipeline)
    sessions.push(session)
    return session
  }
  return { recipe: { name: 'firstAtOnce', bind }, sessions }
}

test('muxHTTP gives a connection that answered within the call to one request at a time', () => {
  const { recipe, sessions } = firstAtOnce()
  const first = runPipeline([muxHTTP({ filters: [recipe] }, 'key')])
  first.feed(put('/0'))
  expect(first.take()).toEqual(['start 200', 'data "at once"', 'end'])
  const second = first.proxy.open()
  first.feed(put('/1'))
  second.feed(put('/2'))
  expect(sessions.map(({ paths }) => paths)).toEqual([['/0', '/1']])
  sessions[0]?.emit(answerText('one'))
  expect(first.take()).toEqual(['start 200', 'data "one"', 'end'])
  expect(second.take()).toEqual([])
  expect(sessions.map(({ paths }) => paths)).toEqual([['/0', '/1', '/2']])
  sessions[0]?.emit(answerText('two'))
  expect(first.take()).toEqual([])
  expect(second.take()).toEqual(['start 200', 'data "two"', 'end'])
})

test('muxHTTP breaks off, and answers nothing, when too much is held back inside an answer', () => {
  const upstream = new ManualFilter()
  const session = runPipeline([muxHTTP({ filters: [upstream.recipe] }, 'key')])
  session.feed(put('/1'))
  upstream.session(0).emit(new Data('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'))
  expect(session.take()).toEqual(['start 200', 'data "half"'])
  for (let i = 0; i <= LIMITS.maxHeldEvents / 3; i++) session.feed(put('/2'))
  const [end, ...rest] = session.take()
  expect(end).toBe('close BUFFER_OVERFLOW')
  expect(rest).toEqual([])
  expect(upstream.session(0).closeCount).toBe(1)
})

describe.each(TRANSPORTS)('muxHTTP over $transport', ({ hasOnlyStreams }) => {
  const get = (path: string): string => requestText(`GET ${path}`, { headers: 'key: k\r\n' })
  const post = (path: string): string => requestText(`POST ${path}`, { headers: 'key: k\r\n', body: 'hello' })

  test('gives a connection on which the upstream takes no more requests to none of those who wait', async () => {
    const proxy = await startMuxProxy({ hasOnlyStreams })
    const first = await proxy.send(get('/1'))
    const waiting = await proxy.send(post('/2'))
    proxy.upstream().take()
    proxy.upstream().write(answerText('a', { headers: 'Keep-Alive: timeout=5, max=0\r\n' }))
    await proxy.settle()
    expect(first.take()).toContain('\r\n\r\na')
    expect(proxy.upstream(0).take()).toBe('')
    expect(proxy.upstream(0).isEnded).toBe(true)
    expect(proxy.upstream(1).take()).toBe(post('/2'))
    proxy.upstream(1).write(answerText('b'))
    await proxy.settle()
    expect(waiting.take()).toBe(answerText('b'))
  })

  test('tells the log of an answer that breaks off in the middle', async () => {
    const proxy = await startMuxProxy({ hasOnlyStreams })
    const client = await proxy.send(get('/1'))
    proxy.upstream().write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')
    await proxy.settle()
    proxy.upstream().end()
    await proxy.settle()
    expect(client.state).toBe('cut')
    expect(proxy.log.messages('warn')).toEqual([
      'Breaking off an answer: Cannot go on: the upstream closed the connection inside the body of an answer',
    ])
  })

  test('goes on for those who share a pipeline that a client opened when that client leaves', async () => {
    const proxy = await WireProxy.start(
      (p) =>
        p
          .demuxHTTP('request')
          .pipeline('request')
          .mux('shared', () => 'all')
          .pipeline('shared')
          .muxHTTP((upstream) => upstream.connect(`127.0.0.1:${UPSTREAM_PORT}`), undefined, { via: false }),
      { hasOnlyStreams },
    )
    await proxy.listen(UPSTREAM_PORT)
    const opener = await proxy.send(requestText('GET /1'))
    proxy.upstream().write(answerText('a'))
    await proxy.settle()
    expect(opener.take()).toBe(answerText('a'))
    const other = await proxy.send(requestText('GET /2'))
    opener.close()
    await proxy.settle()
    proxy.upstream(proxy.accepted(UPSTREAM_PORT).length - 1).write(answerText('b'))
    await proxy.settle()
    expect(other.take()).toBe(answerText('b'))
  })
})
