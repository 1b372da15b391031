import { describe, expect, test } from 'vitest'
import { Data, Message, MessageEnd, MessageStart, StreamEnd } from '../../src/events.ts'
import { demux } from '../../src/filters/demux.ts'
import { handleMessage } from '../../src/filters/handle-message.ts'
import { replaceData } from '../../src/filters/replace-data.ts'
import { replaceMessage } from '../../src/filters/replace-message.ts'
import { LIMITS } from '../../src/limits.ts'
import { ManualFilter } from '../support/manual-filter.ts'
import { runPipeline, type Session } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'

filterCases('demux', (pipeline) => demux(pipeline), {
  passes: [new Message({ path: '/1' }, 'x'), new Message(undefined, undefined, { digest: 'x' })],
  begin: [new MessageStart()],
})

const request = (path: string): Message => new Message({ path }, 'body')
const reply = (text: string): [MessageStart, Data, MessageEnd] => [new MessageStart(), new Data(text), new MessageEnd()]

function run(): { session: Session; other: ManualFilter } {
  const other = new ManualFilter()
  return { session: runPipeline([demux('other')], { pipelines: { other: [other.recipe] } }), other }
}

describe('demux', () => {
  test('runs each message through a pipeline of its own', () => {
    const { session, other } = run()
    session.feed(request('/1'), request('/2'))
    expect(other.sessions.map((opened) => opened.take())).toEqual([
      ['start GET /1', 'data "body"', 'end'],
      ['start GET /2', 'data "body"', 'end'],
    ])
  })

  test('copies the context as it is when the message begins', () => {
    const variables = { count: 0 }
    const filters = [
      handleMessage<typeof variables>((_, $) => void ($.count += 10)),
      replaceMessage<typeof variables>((_, $) => new Data(`${$.count}`)),
    ]
    const session = runPipeline([demux<typeof variables>({ filters: [...filters, wrap()] })], { variables })
    session.pipeline.context.count = 1
    session.feed(request('/'), request('/'))
    expect(session.take().filter((event) => event.startsWith('data'))).toEqual(['data "11"', 'data "11"'])
    expect(session.pipeline.context.count).toBe(1)
  })

  test('outputs the replies in the order of the messages, the first as it comes', () => {
    const { session, other } = run()
    session.feed(request('/1'), request('/2'), request('/3'))
    other.session(2).emit(...reply('three'))
    other.session(1).emit(new MessageStart(), new Data('tw'))
    expect(session.take()).toEqual([])
    other.session(0).emit(new MessageStart(), new Data('one'))
    expect(session.take()).toEqual(['start', 'data "one"'])
    other.session(0).emit(new MessageEnd())
    expect(session.take()).toEqual(['end', 'start', 'data "tw"'])
    other.session(1).emit(new Data('o'), new MessageEnd())
    expect(session.take()).toEqual(['data "o"', 'end', 'start', 'data "three"', 'end'])
    expect(other.sessions.map(({ closeCount }) => closeCount)).toEqual([1, 1, 1])
  })

  test('takes a reply before the message has ended, and drops the rest of that', () => {
    const { session, other } = run()
    session.feed(new MessageStart({ path: '/' }))
    other.session(0).emit(...reply('early'))
    session.feed('rest', new MessageEnd(), request('/2'))
    expect(other.session(0).take()).toEqual(['start GET /'])
    expect(other.session(1).take()).toEqual(['start GET /2', 'data "body"', 'end'])
    expect(session.take()).toEqual(['start', 'data "early"', 'end'])
  })

  test('has no reply to a message whose pipeline ends before one', () => {
    const { session, other } = run()
    session.feed(request('/1'), request('/2'))
    other.session(0).emit(new Data('no reply'), new StreamEnd())
    other.session(1).emit(...reply('two'))
    expect(session.take()).toEqual(['start', 'data "two"', 'end'])
  })

  test('ends the stream when a pipeline fails, in its turn', () => {
    const { session, other } = run()
    session.feed(request('/1'), request('/2'))
    other.session(1).emit(new StreamEnd(new Error('broken')))
    expect(session.take()).toEqual([])
    other.session(0).emit(...reply('one'))
    expect(session.take()).toEqual(['start', 'data "one"', 'end', 'close Error: broken'])
    expect(other.sessions.map(({ closeCount }) => closeCount)).toEqual([1, 1])
    expect(session.feed(request('/3')).take()).toEqual([])
    expect(other.sessions.length).toBe(2)
  })

  test('drops what comes between two messages', () => {
    const { session, other } = run()
    session.feed(request('/1'), 'stray', new Data(), request('/2'))
    expect(other.sessions.map((opened) => opened.take().length)).toEqual([3, 3])
    expect(session.take()).toEqual([])
  })

  test('takes a message in while an earlier one gets its reply', () => {
    const { session, other } = run()
    session.feed(request('/1'), new MessageStart({ path: '/2' }), 'a')
    other.session(0).emit(...reply('one'))
    session.feed('b', new MessageEnd())
    expect(other.session(1).take()).toEqual(['start GET /2', 'data "a"', 'data "b"', 'end'])
  })

  test('never makes a reply that was cut look complete', () => {
    const { session, other } = run()
    session.feed(request('/1'))
    other.session(0).emit(new MessageStart(), new Data('ha'), new StreamEnd())
    expect(session.take()).toEqual(['start', 'data "ha"', 'close TRUNCATED_MESSAGE'])
  })

  test('passes the end of its input on after the last reply', () => {
    const { session, other } = run()
    session.feed(request('/1'), request('/2'), new StreamEnd())
    other.session(0).emit(...reply('one'))
    expect(session.take()).toEqual(['start', 'data "one"', 'end'])
    other.session(1).emit(...reply('two'))
    expect(session.take()).toEqual(['start', 'data "two"', 'end', 'close'])
  })

  test('tells a message that is cut, and all when the client is gone', () => {
    const cut = run()
    cut.session.feed(request('/1'), new MessageStart({ path: '/2' }), new StreamEnd())
    expect(cut.other.sessions.map((opened) => opened.take().at(-1))).toEqual(['end', 'close'])
    const gone = run()
    gone.session.feed(request('/1'), request('/2'), new StreamEnd(new Error('reset')))
    expect(gone.other.sessions.map((opened) => opened.take().at(-1))).toEqual([
      'close Error: reset',
      'close Error: reset',
    ])
    expect(gone.session.take()).toEqual(['close Error: reset'])
    expect(gone.other.sessions.map(({ closeCount }) => closeCount)).toEqual([1, 1])
  })

  test('pauses its source while as many messages wait as may', () => {
    const { session, other } = run()
    for (let i = 1; i < LIMITS.maxPipelinedRequests; i++) session.feed(request('/'))
    expect(session.pauses).toBe(0)
    session.feed(request('/'))
    expect(session.pauses).toBe(1)
    session.feed(request('/'))
    expect(session.pauses).toBe(1)
    other.session(0).emit(...reply('one'))
    expect(session.pauses).toBe(1)
    other.session(1).emit(...reply('two'))
    expect(session.pauses).toBe(0)
    other.session(2).emit(...reply('three'))
    expect(session.pauses).toBe(0)
  })

  test('gives the pause of its source back when it is closed', () => {
    const { session } = run()
    for (let i = 0; i < LIMITS.maxPipelinedRequests; i++) session.feed(request('/'))
    session.close()
    expect(session.pauses).toBe(0)
  })

  test('pauses a pipeline that is opened while the output is full', () => {
    const { session, other } = run()
    session.pipeline.pause()
    session.feed(request('/1'), request('/2'))
    expect(other.sessions.map(({ pauses }) => pauses)).toEqual([1, 0])
  })

  test('pauses a pipeline whose reply is early and long, until it is its turn', () => {
    const { session, other } = run()
    session.feed(request('/1'), request('/2'))
    other.session(1).emit(new MessageStart(), new Data(LIMITS.maxOutOfOrderBytes))
    expect(other.session(1).pauses).toBe(0)
    other.session(1).emit(new Data('x'))
    expect(other.session(1).pauses).toBe(1)
    other.session(0).emit(...reply('one'))
    expect([other.session(1).pauses, session.take().length]).toEqual([0, 6])
  })

  test('hands the pause of its output to the pipeline whose turn it is', () => {
    const { session, other } = run()
    session.feed(request('/1'), request('/2'))
    session.pipeline.pause()
    expect(other.sessions.map(({ pauses }) => pauses)).toEqual([1, 0])
    other.session(0).emit(...reply('one'))
    expect(other.session(1).pauses).toBe(1)
    session.pipeline.resume()
    expect(other.session(1).pauses).toBe(0)
  })

  test('gives a pause of its source back when the pipeline that asked for it is over', () => {
    const { session, other } = run()
    session.feed(new MessageStart())
    other.session(0).prev.pause()
    other.session(0).prev.pause()
    expect(session.pauses).toBe(2)
    other.session(0).emit(...reply('one'))
    expect(session.pauses).toBe(0)
    other.session(0).prev.resume()
    expect(session.pauses).toBe(0)
  })
})

/** Makes a message of data that has none. */
function wrap() {
  return replaceData<{ count: number }>((data) => new Message(undefined, data))
}
