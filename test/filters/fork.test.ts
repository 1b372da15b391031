import { describe, expect, test } from 'vitest'
import type { FilterRecipe } from '../../src/engine/filter-recipe.ts'
import { Filter } from '../../src/engine/filter.ts'
import type { Pipeline } from '../../src/engine/pipeline.ts'
import { Data, type Event, Message, type MessageStart, StreamEnd } from '../../src/events.ts'
import { fork } from '../../src/filters/fork.ts'
import { handleData } from '../../src/filters/handle-data.ts'
import { handleMessageStart } from '../../src/filters/handle-message-start.ts'
import { LIMITS } from '../../src/limits.ts'
import { ManualFilter } from '../support/manual-filter.ts'
import { runPipeline } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'

filterCases('fork', (pipeline) => fork(pipeline))
filterCases('fork with variables', (pipeline) => fork<object>(pipeline, [{}, {}]))

interface Variables {
  tag: string
  seen: string[]
}

const variables = (): Variables => ({ tag: 'main', seen: [] })

describe('fork', () => {
  test('sends every event to the other pipeline as well, and drops what that outputs', () => {
    const other = new ManualFilter()
    const session = runPipeline([fork('other')], { pipelines: { other: [other.recipe] } })
    session.feed(new Message({ path: '/' }, 'x'), new StreamEnd())
    const events = ['start GET /', 'data "x"', 'end', 'close']
    expect([other.session(0).take(), session.take()]).toEqual([events, events])
    other.session(0).emit(new Data('dropped'))
    expect(session.take()).toEqual([])
  })

  test('shares the context when it is given no variables', () => {
    const other = handleData<Variables>((_, $) => void ($.tag = 'changed'))
    const session = runPipeline([fork<Variables>('other')], { variables: variables(), pipelines: { other: [other] } })
    expect(session.feed('x').pipeline.context.tag).toBe('changed')
  })

  test.each([
    ['an object', { tag: 'a' }, ['a']],
    ['an array', [{ tag: 'a' }, { tag: 'b' }], ['a', 'b']],
    ['an empty array', [], []],
    ['a function', ($: Variables) => [{ tag: `${$.tag} a` }, {}], ['main a', 'main']],
    ['a promise', async ($: Variables) => ({ tag: `${$.tag} a` }), ['main a']],
  ])(
    'opens a pipeline for each of %s, with a copy of the context that has its variables set',
    async (_, given, tags) => {
      const other = handleData<Variables>((_data, $) => {
        $.seen.push($.tag)
        $.tag = 'changed'
      })
      const options = { variables: variables(), pipelines: { other: [other] } }
      const session = runPipeline([fork<Variables>('other', given)], options).feed('x')
      expect(await session.settle()).toEqual(['data "x"'])
      expect([session.pipeline.context.seen, session.pipeline.context.tag]).toEqual([tags, 'main'])
    },
  )

  test('shares the head, so that the other pipeline sees what was changed after it', () => {
    const other = new ManualFilter()
    const change = handleMessageStart((start) => void (start.head.path = '/changed'))
    const starts: MessageStart[] = []
    const keep = handleMessageStart((start) => void starts.push(start))
    const session = runPipeline([fork('other'), change], { pipelines: { other: [keep, other.recipe] } })
    session.feed(new Message({ path: '/' }))
    expect(starts[0]?.head.path).toBe('/changed')
  })

  test('lets the other pipeline take bytes off its copies', () => {
    const taker = handleData((data) => void data.shift(3))
    const session = runPipeline([fork('other')], { pipelines: { other: [taker] } }).feed('text')
    expect(session.take()).toEqual(['data "text"'])
  })

  test('is not hurt by what fails in the other pipeline, and logs it', () => {
    const failing = handleData(() => {
      throw new Error('no')
    })
    for (const filter of [failing, DEFECTIVE]) {
      const session = runPipeline([fork('other')], { pipelines: { other: [filter] } }).feed('x', 'y', new StreamEnd())
      expect(session.take()).toEqual(['data "x"', 'data "y"', 'close'])
      expect(session.proxy.log.messages('error')).toHaveLength(1)
    }
  })

  test('ends the other pipeline when that has ended its output', () => {
    const other = new ManualFilter()
    const session = runPipeline([fork('other')], { pipelines: { other: [other.recipe] } }).feed('x')
    other.session(0).emit(new StreamEnd())
    session.feed('y')
    expect([other.session(0).closeCount, other.session(0).take(), session.take().length]).toEqual([1, ['data "x"'], 2])
  })

  test('holds the copies back for a pipeline that is full, and not the main line', () => {
    const other = new ManualFilter()
    const session = runPipeline([fork('other')], { pipelines: { other: [other.recipe] } }).feed('a')
    other.session(0).prev.pause()
    session.feed('b', 'c', new StreamEnd())
    expect([session.pauses, session.take().length, other.session(0).take()]).toEqual([0, 4, ['data "a"']])
    other.session(0).prev.resume()
    expect(other.session(0).take()).toEqual(['data "b"', 'data "c"', 'close'])
  })

  test('does not hand over the next copy while one is being processed', () => {
    const seen: string[] = []
    const nudging = { name: 'nudging', bind: () => (pipeline: Pipeline<object>) => new NudgingFilter(pipeline, seen) }
    const other = new ManualFilter<object>()
    const session = runPipeline<object>([fork('other')], { pipelines: { other: [nudging, other.recipe] } }).feed('a')
    other.session(0).prev.pause()
    session.feed('b', 'c')
    other.session(0).prev.resume()
    expect(seen).toEqual(['begin a', 'end a', 'begin b', 'end b', 'begin c', 'end c'])
  })

  test('keeps the head that it was given when the main line puts another in its place', () => {
    const starts: MessageStart[] = []
    const keep = handleMessageStart((start) => void starts.push(start))
    const change = handleMessageStart((start) => void (start.head = { path: '/changed', headers: {} }))
    const session = runPipeline([fork('other'), change], { pipelines: { other: [keep] } })
    session.feed(new Message({ path: '/' }))
    expect([starts[0]?.head.path, session.take()[0]]).toEqual(['/', 'start GET /changed'])
  })

  test('gives a pipeline up that stays full for too long, and goes on without it', () => {
    const other = new ManualFilter()
    const session = runPipeline([fork('other')], { pipelines: { other: [other.recipe] } }).feed('a')
    other.session(0).prev.pause()
    const half = new Data(LIMITS.maxHeldBytes / 2)
    session.feed(half, half, 'x', 'y')
    expect([other.session(0).take(), other.session(0).closeCount]).toEqual([['data "a"', 'close BUFFER_OVERFLOW'], 1])
    expect(session.output.length).toBe(5)
    expect(session.proxy.log.messages('error')[0]).toContain('Giving up a fork into pipeline "other"')
  })

  test('ends the pipeline when its function throws', () => {
    const failing = fork('other', () => {
      throw new Error('no')
    })
    expect(
      runPipeline([failing], { pipelines: { other: [] } })
        .feed('x')
        .take(),
    ).toEqual(['close CALLBACK_FAILED'])
  })

  test('refuses variables that are none', () => {
    expect(() => fork('other', 'x' as never)).toThrow(
      'Cannot configure fork: variables must be an object, an array or a function, got "x"',
    )
  })
})

/** A filter that breaks its promise to throw nothing. */
class ThrowingFilter extends Filter<object> {
  override process(): void {
    throw new Error('broken')
  }
}

const DEFECTIVE: FilterRecipe<object> = { name: 'defective', bind: () => (pipeline) => new ThrowingFilter(pipeline) }

/** A filter that pauses and resumes its source while it is given an event. */
class NudgingFilter extends Filter<object> {
  readonly #seen: string[]

  constructor(pipeline: Pipeline<object>, seen: string[]) {
    super(pipeline)
    this.#seen = seen
  }

  override process(event: Event): void {
    const text = event.type === 'Data' ? event.toString() : event.type
    this.#seen.push(`begin ${text}`)
    this.prev.pause()
    this.prev.resume()
    this.#seen.push(`end ${text}`)
  }
}
