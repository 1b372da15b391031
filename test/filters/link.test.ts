import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../src/limits.ts'
import { Data, Message, MessageEnd, MessageStart, StreamEnd } from '../../src/events.ts'
import { handleData } from '../../src/filters/handle-data.ts'
import { link } from '../../src/filters/link.ts'
import { replaceMessage } from '../../src/filters/replace-message.ts'
import { ManualFilter } from '../support/manual-filter.ts'
import { ProxyUnderTest, runPipeline } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'

filterCases('link', (pipeline) => link([pipeline]))
filterCases('link with a predicate', (pipeline) => link([pipeline, () => true]))
filterCases('link with an asynchronous predicate', (pipeline) => link([pipeline, () => Promise.resolve(true)]))

interface Variables {
  target: string
}

const tag = (text: string) => handleData<Variables>((_, $) => void ($.target += text))
const variables = { target: '' }

describe('link', () => {
  test('continues in the named pipeline with the same context, and outputs what that one does', () => {
    const session = runPipeline([link<Variables>(['next']), tag('c')], {
      variables,
      pipelines: { next: [tag('a'), tag('b')] },
    })
    session.feed('x', new StreamEnd())
    expect([session.take(), session.pipeline.context.target]).toEqual([['data "x"', 'close'], 'abc'])
  })

  test('continues in the first pipeline whose predicate holds, otherwise in the default', () => {
    const choose = (target: string): string => {
      const filter = link<Variables>(['a', ($) => $.target === 'a', 'ab', ($) => 'ab'.includes($.target), 'default'])
      const pipelines = { a: [tag('1')], ab: [tag('2')], default: [tag('3')] }
      return runPipeline([filter], { variables: { target }, pipelines }).feed('x').pipeline.context.target
    }
    expect(['a', 'b', 'c'].map(choose)).toEqual(['a1', 'b2', 'c3'])
  })

  test('asks its predicates once and keeps the choice for the session', () => {
    let asked = 0
    const [first, second] = [new ManualFilter<object>(), new ManualFilter<object>()]
    const filter = link(['first', () => ++asked === 1, 'second'])
    const session = runPipeline([filter], { pipelines: { first: [first.recipe], second: [second.recipe] } })
    session.feed('a', 'b', new StreamEnd())
    expect([asked, first.session(0).take(), second.sessions]).toEqual([1, ['data "a"', 'data "b"', 'close'], []])
  })

  test('does not choose at a flush, but continues in its only pipeline at once', () => {
    const next = new ManualFilter()
    const pipelines = { next: [next.recipe] }
    runPipeline([link(['next', () => true])], { pipelines }).feed(new Data())
    expect(next.sessions).toEqual([])
    runPipeline([link(['next'])], { pipelines }).feed(new Data())
    expect(next.session(0).take()).toEqual(['flush'])
  })

  test('holds events back while no predicate holds, and asks again at each further one', () => {
    const session = runPipeline<Variables>([link(['next', ($) => $.target === 'known'])], {
      variables,
      pipelines: { next: [] },
    })
    session.feed('a', new Data(), 'b')
    expect([session.take(), session.pauses]).toEqual([[], 0])
    session.pipeline.context.target = 'known'
    expect(session.feed('c').take()).toEqual(['data "a"', 'data "b"', 'data "c"'])
  })

  test('fails with BUFFER_OVERFLOW when too much would have to be held back', () => {
    const many = runPipeline([link(['next', () => false])], { pipelines: { next: [] } })
    for (let i = 0; i <= LIMITS.maxHeldEvents; i++) many.feed(new MessageStart())
    expect(many.take()).toEqual(['close BUFFER_OVERFLOW'])
    const large = runPipeline([link(['next', () => false])], { pipelines: { next: [] } })
    const half = new Data(LIMITS.maxHeldBytes / 2)
    expect(large.feed(half, half).take()).toEqual([])
    expect(large.feed('x', 'y').take()).toEqual(['close BUFFER_OVERFLOW'])
  })

  test('passes the end of a stream for which no predicate held, and says what it drops', () => {
    const session = runPipeline([link(['next', () => false])], { pipelines: { next: [] } }).feed('a', new StreamEnd())
    expect(session.take()).toEqual(['close'])
    expect(session.proxy.log.messages('warn')).toEqual([
      'Dropping what waits at link in listen 8000: the stream ended and no predicate holds',
    ])
  })

  test('answers a request for which no predicate holds with NO_RESPONSE when it is complete', () => {
    const proxy = new ProxyUnderTest([link(['next', () => false])], { pipelines: { next: [] } })
    const session = proxy.open(true).feed(new MessageStart({ path: '/' }), 'x')
    expect(session.take()).toEqual([])
    expect(session.feed(new MessageEnd()).take()).toEqual(['close NO_RESPONSE'])
  })

  test('tells the linked pipeline that it works on a request', () => {
    const filters = { next: [link(['last'])], last: [replaceMessage()] }
    const proxy = new ProxyUnderTest([link(['next'])], { pipelines: filters })
    expect(
      proxy
        .open(true)
        .feed(new Message({ path: '/' }))
        .take(),
    ).toEqual(['close NO_RESPONSE'])
    expect(
      proxy
        .open(false)
        .feed(new Message({ path: '/' }))
        .take(),
    ).toEqual([])
  })

  test('waits for asynchronous predicates in order, and holds events back until then', async () => {
    const asked: string[] = []
    const says = (name: string, holds: boolean) => async () => {
      asked.push(name)
      await Promise.resolve()
      return holds
    }
    const filter = link(['a', says('a', false), 'b', says('b', true), 'c', says('c', true)])
    const [a, b, c] = [new ManualFilter<object>(), new ManualFilter<object>(), new ManualFilter<object>()]
    const session = runPipeline([filter], { pipelines: { a: [a.recipe], b: [b.recipe], c: [c.recipe] } }).feed('x', 'y')
    expect(session.pauses).toBe(1)
    await session.settle()
    expect([asked, session.pauses, a.sessions.length, c.sessions.length]).toEqual([['a', 'b'], 0, 0, 0])
    expect(b.session(0).take()).toEqual(['data "x"', 'data "y"'])
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
  ])('ends the pipeline when a predicate %s', async (_, predicate) => {
    const session = runPipeline([link(['next', predicate])], { pipelines: { next: [] } }).feed('x', 'y')
    expect(await session.settle()).toEqual(['close CALLBACK_FAILED'])
    expect(session.pauses).toBe(0)
  })

  test('asks no further predicate when one has thrown', () => {
    const next = new ManualFilter<object>()
    const throwing = () => {
      throw new Error('no')
    }
    const session = runPipeline([link(['a', throwing, 'next'])], { pipelines: { a: [], next: [next.recipe] } }).feed(
      'x',
    )
    expect([session.take(), next.sessions]).toEqual([['close CALLBACK_FAILED'], []])
  })

  test('opens nothing when it is closed while it waits for a predicate', async () => {
    const next = new ManualFilter<object>()
    const filter = link(['next', () => Promise.resolve(true)])
    const session = runPipeline([filter], { pipelines: { next: [next.recipe] } }).feed('x')
    session.close()
    expect(session.pauses).toBe(0)
    await session.settle()
    expect([next.sessions, session.pauses]).toEqual([[], 0])
  })

  test('forgets a pause that was over before the choice', () => {
    const next = new ManualFilter()
    const session = runPipeline([link(['next', () => true])], { pipelines: { next: [next.recipe] } })
    session.pipeline.pause()
    session.pipeline.resume()
    expect(session.pauses).toBe(0)
    session.feed('x')
    expect([session.pauses, next.session(0).pauses]).toEqual([0, 0])
  })

  test('hands a pause that came before the choice over to the pipeline that it chooses', () => {
    const next = new ManualFilter()
    const session = runPipeline([link(['next', () => true])], { pipelines: { next: [next.recipe] } })
    session.pipeline.pause()
    session.pipeline.pause()
    expect(session.pauses).toBe(2)
    session.feed('x')
    expect([session.pauses, next.session(0).pauses]).toEqual([0, 2])
    session.pipeline.resume()
    session.pipeline.resume()
    expect([session.pauses, next.session(0).pauses]).toEqual([0, 0])
  })

  test('lets the linked pipeline pause the source', () => {
    const next = new ManualFilter()
    const session = runPipeline([link(['next'])], { pipelines: { next: [next.recipe] } }).feed('x')
    next.session(0).prev.pause()
    expect(session.pauses).toBe(1)
    next.session(0).prev.resume()
    expect(session.pauses).toBe(0)
  })

  test('passes everything for the empty name', () => {
    expect(
      runPipeline([link([''])])
        .feed('x', new StreamEnd())
        .take(),
    ).toEqual(['data "x"', 'close'])
  })

  test('takes a pipeline given in place', () => {
    const session = runPipeline([link([{ filters: [replaceMessage(new Message({ status: 404 }))] }])])
    expect(session.feed(new Message({ path: '/' })).take()).toEqual(['start 404', 'end'])
  })

  test('names the pipelines that it leads to', () => {
    expect(link(['a', () => true, 'b']).pipelines).toEqual(['a', 'b'])
  })

  test('refuses what it cannot use', () => {
    expect(() => link([])).toThrow('Cannot configure link: it leads to one pipeline at least, got "none"')
    expect(() => link(['a', 'b'])).toThrow('Cannot configure link: argument #2 must be a predicate, got "b"')
    expect(() => runPipeline([link(['missing'])], { pipelines: { a: [], b: [] } })).toThrow(
      'Cannot find pipeline "missing" that link in listen 8000 leads to: there are "a", "b"',
    )
  })
})
