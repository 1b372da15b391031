import { describe, expect, test } from 'vitest'
import { Filter } from '../../src/engine/filter.ts'
import type { Pipeline } from '../../src/engine/pipeline.ts'
import { Data, Message, MessageEnd, MessageStart, StreamEnd } from '../../src/events.ts'
import { handleMessageStart } from '../../src/filters/handle-message-start.ts'
import { mux, type MuxOptions } from '../../src/filters/mux.ts'
import { LIMITS } from '../../src/limits.ts'
import { ManualFilter } from '../support/manual-filter.ts'
import { ProxyUnderTest } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'

filterCases('mux', (pipeline) => mux(pipeline), {
  passes: [new Message({ path: '/1' }, 'x'), new Message(undefined, undefined, { digest: 'x' })],
  begin: [new Message({ path: '/' })],
})

interface Variables {
  key: string
}

const message = (text: string): Message => new Message({ path: `/${text}` }, text)
const reply = (text: string): [MessageStart, Data, MessageEnd] => [new MessageStart(), new Data(text), new MessageEnd()]
const replied = (text: string): string[] => ['start', `data "${text}"`, 'end']

function createProxy(options?: MuxOptions): { proxy: ProxyUnderTest<Variables>; shared: ManualFilter<Variables> } {
  const shared = new ManualFilter<Variables>()
  const filter = mux<Variables>('shared', ($) => $.key, options)
  const proxy = new ProxyUnderTest([filter], { variables: { key: '' }, pipelines: { shared: [shared.recipe] } })
  return { proxy, shared }
}

describe('mux', () => {
  test('sends whole messages of all sessions through one pipeline, and gives each its reply', () => {
    const { proxy, shared } = createProxy()
    const [a, b] = [proxy.open(), proxy.open()]
    a.feed(new MessageStart({ path: '/a' }), 'x')
    b.feed(message('b'))
    a.feed('y', new MessageEnd())
    expect(shared.session(0).take()).toEqual(['start GET /b', 'data "b"', 'end', 'start GET /a', 'data "xy"', 'end'])
    shared.session(0).emit(...reply('to b'), new MessageStart(), new Data('to '))
    expect([a.take(), b.take()]).toEqual([['start', 'data "to "'], replied('to b')])
    shared.session(0).emit(new Data('a'), new MessageEnd())
    expect(a.take()).toEqual(['data "a"', 'end'])
    expect(shared.sessions.length).toBe(1)
  })

  test('has a pipeline for each key, with the context of the session that opened it', () => {
    const { proxy, shared } = createProxy()
    const [a, b, c] = [proxy.open(), proxy.open(), proxy.open()]
    b.pipeline.context.key = 'other'
    for (const session of [a, b, c]) session.feed(message('x'))
    expect(shared.sessions.map(({ context }) => context)).toEqual([a.pipeline.context, b.pipeline.context])
    expect(shared.session(0).context).toBe(a.pipeline.context)
    expect(shared.session(0).take().length).toBe(6)
  })

  test('asks for the key once in a session, and takes the empty text for none', () => {
    let asked = 0
    const shared = new ManualFilter<object>()
    const keys = mux('shared', () => (asked++ === 0 ? undefined : ''))
    const proxy = new ProxyUnderTest([keys], { pipelines: { shared: [shared.recipe] } })
    proxy.open().feed(message('a'), message('b'))
    proxy.open().feed(message('c'))
    expect([asked, shared.sessions.length]).toEqual([2, 1])
  })

  test('waits for a key that is a promise', async () => {
    const shared = new ManualFilter<object>()
    const proxy = new ProxyUnderTest([mux('shared', () => Promise.resolve('k'))], {
      pipelines: { shared: [shared.recipe] },
    })
    const session = proxy.open().feed(message('a'), message('b'))
    expect([session.pauses, shared.sessions.length]).toEqual([1, 0])
    await session.settle()
    expect([session.pauses, shared.session(0).take().length]).toEqual([0, 6])
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
  ])('ends the pipeline when the function of the key %s', async (_, key) => {
    const session = new ProxyUnderTest([mux('shared', key)], { pipelines: { shared: [] } }).open().feed(message('a'))
    expect(await session.settle()).toEqual(['close CALLBACK_FAILED'])
  })

  test('passes the end of its input on after the last reply', () => {
    const { proxy, shared } = createProxy()
    const session = proxy.open().feed(message('a'), message('b'), new StreamEnd())
    shared.session(0).emit(...reply('1'))
    expect(session.take()).toEqual(replied('1'))
    shared.session(0).emit(...reply('2'))
    expect(session.take()).toEqual([...replied('2'), 'close'])
  })

  test('drops what the shared pipeline outputs outside of replies', () => {
    const { proxy, shared } = createProxy()
    const session = proxy.open().feed(message('a'), message('b'))
    shared.session(0).emit(new Data('stray'), ...reply('1'), new Data('stray'), new MessageEnd(), ...reply('2'))
    expect(session.take()).toEqual([...replied('1'), ...replied('2')])
  })

  test('lets a message wait that comes while another one goes in', () => {
    const shared = new ManualFilter<object>()
    let isFirst = true
    const sendAnother = handleMessageStart<object>(() => {
      if (!isFirst) return
      isFirst = false
      proxy.open().feed(message('b'))
    })
    const pipelines = { shared: [sendAnother, shared.recipe] }
    const proxy = new ProxyUnderTest<object>([mux<object>('shared')], { pipelines })
    proxy.open().feed(message('a'))
    expect(shared.session(0).take()).toEqual(['start GET /a', 'data "a"', 'end', 'start GET /b', 'data "b"', 'end'])
  })

  test('drops the reply to a session that has left, and gives the next one its own', () => {
    const { proxy, shared } = createProxy()
    const [a, b, c] = [proxy.open(), proxy.open(), proxy.open()]
    for (const session of [a, b, c]) session.feed(message('x'))
    a.close()
    b.feed(new StreamEnd(new Error('reset')))
    expect(b.take()).toEqual(['close Error: reset'])
    shared.session(0).emit(...reply('a'), ...reply('b'), ...reply('c'))
    expect([a.take(), b.take(), c.take()]).toEqual([[], [], replied('c')])
  })

  test.each([
    ['with an error', new StreamEnd(new Error('broken')), 'close Error: broken'],
    ['in good order', new StreamEnd(), 'close CONNECTION_CLOSED'],
  ])('tells all that wait when the shared pipeline ends %s, and opens another one for the next', (_, end, told) => {
    const { proxy, shared } = createProxy()
    const [a, b, idle] = [proxy.open(), proxy.open(), proxy.open()]
    idle.feed(message('0'))
    shared.session(0).emit(...reply('0'))
    for (const session of [a, b]) session.feed(message('x'))
    shared.session(0).emit(new MessageStart(), end)
    expect([a.take(), b.take(), idle.take()]).toEqual([['start', told], [told], replied('0')])
    expect(shared.session(0).closeCount).toBe(1)
    idle.feed(message('1'))
    shared.session(1).emit(...reply('1'))
    expect(idle.take()).toEqual(replied('1'))
  })

  test('sends nothing that comes behind the end of its input', () => {
    const { proxy, shared } = createProxy()
    const session = proxy.open().feed(message('a'), new StreamEnd(), message('b'))
    expect(shared.session(0).take().length).toBe(3)
    shared.session(0).emit(...reply('a'))
    expect(session.feed(message('c')).take()).toEqual([...replied('a'), 'close'])
    expect(shared.session(0).take()).toEqual([])
  })

  test('sends nothing when it is closed while it waits for its key', async () => {
    const shared = new ManualFilter<object>()
    const filter = mux<object>('shared', () => Promise.resolve('k'))
    const session = new ProxyUnderTest([filter], { pipelines: { shared: [shared.recipe] } }).open().feed(message('a'))
    session.close()
    await session.settle()
    expect([session.pauses, shared.sessions]).toEqual([0, []])
  })

  test('gets no more replies when it has failed', () => {
    const { proxy, shared } = createProxy({ maxQueue: 1 })
    const session = proxy.open().feed(message('a'), message('b'))
    shared.session(0).emit(...reply('a'))
    expect(session.take()).toEqual(['close BUFFER_OVERFLOW'])
  })

  test('tells all that wait when a filter of the shared pipeline is defective', () => {
    const defective = { name: 'defective', bind: () => (pipeline: Pipeline<object>) => new ThrowingFilter(pipeline) }
    const proxy = new ProxyUnderTest<object>([mux<object>('shared')], { pipelines: { shared: [defective] } })
    expect(proxy.open().feed(message('a')).take()).toEqual(['close CALLBACK_FAILED'])
    expect(proxy.log.messages('error')).toHaveLength(1)
  })

  test('refuses a message with BUFFER_OVERFLOW when too many wait, and serves the others', () => {
    const { proxy, shared } = createProxy({ maxQueue: 2 })
    const [a, b, c] = [proxy.open(), proxy.open(), proxy.open()]
    for (const session of [a, b, c]) session.feed(message('x'))
    expect(c.take()).toEqual(['close BUFFER_OVERFLOW'])
    shared.session(0).emit(...reply('a'), ...reply('b'))
    expect([a.take(), b.take(), c.take()]).toEqual([replied('a'), replied('b'), []])
  })

  test('lets 100 messages wait when no other limit is said', () => {
    const { proxy } = createProxy()
    const session = proxy.open()
    for (let i = 0; i < LIMITS.maxMuxQueue; i++) session.feed(message('x'))
    expect(session.take()).toEqual([])
    expect(session.feed(message('x')).take()).toEqual(['close BUFFER_OVERFLOW'])
  })

  test('holds messages back while the shared pipeline is full, up to a limit', () => {
    const { proxy, shared } = createProxy()
    const session = proxy.open().feed(message('a'))
    shared.session(0).prev.pause()
    session.feed(message('b'), message('c'))
    expect(shared.session(0).take()).toEqual(['start GET /a', 'data "a"', 'end'])
    shared.session(0).prev.resume()
    expect(
      shared
        .session(0)
        .take()
        .filter((event) => event.startsWith('data')),
    ).toEqual(['data "b"', 'data "c"'])
    shared.session(0).prev.pause()
    const half = new Message(undefined, new Data(LIMITS.maxHeldBytes / 2))
    expect(session.feed(half, half).take()).toEqual([])
    expect(session.feed(message('d')).take()).toEqual(['close BUFFER_OVERFLOW'])
  })

  test('pauses the shared pipeline while the session whose turn it is cannot take its reply', () => {
    const { proxy, shared } = createProxy()
    const [a, b] = [proxy.open(), proxy.open()]
    b.pipeline.pause()
    a.feed(message('a'))
    b.feed(message('b'))
    expect(shared.session(0).pauses).toBe(0)
    shared.session(0).emit(...reply('a'))
    expect(shared.session(0).pauses).toBe(1)
    b.pipeline.resume()
    expect(shared.session(0).pauses).toBe(0)
    b.pipeline.pause()
    expect(shared.session(0).pauses).toBe(1)
    b.close()
    expect(shared.session(0).pauses).toBe(0)
  })

  test('ends a shared pipeline that has had nothing to do for maxIdleMs', async () => {
    const { proxy, shared } = createProxy({ maxIdleMs: 1000 })
    const session = proxy.open().feed(message('a'))
    shared.session(0).take()
    await proxy.transport.advance(5000)
    expect(shared.session(0).closeCount).toBe(0)
    shared.session(0).emit(...reply('a'))
    await proxy.transport.advance(999)
    expect(shared.session(0).closeCount).toBe(0)
    await proxy.transport.advance(1000)
    expect([shared.session(0).take(), shared.session(0).closeCount]).toEqual([['close'], 1])
    expect([session.take(), proxy.transport.timerCount]).toEqual([replied('a'), 0])
  })

  test('waits 10 s when no other time is said', async () => {
    const { proxy, shared } = createProxy()
    proxy.open().feed(message('a'))
    shared.session(0).emit(...reply('a'))
    await proxy.transport.advance(9000)
    expect(shared.session(0).closeCount).toBe(0)
    await proxy.transport.advance(4000)
    expect(shared.session(0).closeCount).toBe(1)
  })

  test('gives all pipelines up when the proxy stops', () => {
    const { proxy, shared } = createProxy()
    const session = proxy.open().feed(message('a'))
    proxy.stop()
    expect([shared.session(0).closeCount, session.take(), proxy.transport.timerCount]).toEqual([
      1,
      ['close SHUTTING_DOWN'],
      0,
    ])
  })

  test('fails with BODY_TOO_LARGE for a body beyond the limit', () => {
    const { proxy } = createProxy()
    const session = proxy.open().feed(new MessageStart(), new Data(LIMITS.maxBodyBytes), 'x')
    expect(session.take()).toEqual(['close BODY_TOO_LARGE'])
  })

  test('refuses options that are out of range', () => {
    expect(() => mux('shared', '', { maxQueue: 0 })).toThrow(
      'Cannot configure mux: maxQueue must be a number from 1 up, got 0',
    )
    expect(() => mux('shared', '', { maxIdleMs: -1 })).toThrow('maxIdleMs must be a number from 0 up, got -1')
  })
})

/** A filter that breaks its promise to throw nothing. */
class ThrowingFilter extends Filter<object> {
  override process(): void {
    throw new Error('broken')
  }
}
