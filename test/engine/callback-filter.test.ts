import { describe, expect, test } from 'vitest'
import { CallbackFilter } from '../../src/engine/callback-filter.ts'
import type { FilterRecipe } from '../../src/engine/filter-recipe.ts'
import type { Pipeline } from '../../src/engine/pipeline.ts'
import { ProxyError } from '../../src/errors.ts'
import { Data, type Event, MessageEnd, MessageStart, StreamEnd } from '../../src/events.ts'
import { LIMITS } from '../../src/limits.ts'
import { openPipeline } from './open-pipeline.ts'
import { showEvent } from './show-event.ts'

type Callback = (event: Event) => unknown

/** The smallest filter that lets an event pass when its callback is done. */
class PassingFilter extends CallbackFilter {
  readonly #callback: Callback

  constructor(pipeline: Pipeline, callback: Callback) {
    super(pipeline, 'passing')
    this.#callback = callback
  }

  protected override handle(event: Event): void {
    let result: unknown
    try {
      result = this.#callback(event)
    } catch (error) {
      this.fail(error)
      return
    }
    if (!(result instanceof Promise)) {
      this.next.process(event)
      return
    }
    if (event.type === 'Data') event.keep()
    this.waitFor(result, () => this.next.process(event))
  }
}

const passing = (callback: Callback): FilterRecipe => ({
  name: 'passing',
  bind: () => (pipeline) => new PassingFilter(pipeline, callback),
})

/** Promises that the test settles, one for each call. */
class Answers {
  readonly asked: string[] = []
  readonly #pending: PromiseWithResolvers<void>[] = []

  readonly callback = (event: Event): Promise<void> => {
    this.asked.push(showEvent(event))
    const pending = Promise.withResolvers<void>()
    this.#pending.push(pending)
    return pending.promise
  }

  async resolve(): Promise<void> {
    this.#pending.shift()?.resolve()
    await this.#handled()
  }

  async reject(error: unknown): Promise<void> {
    this.#pending.shift()?.reject(error)
    await this.#handled()
  }

  /** What waits for a promise is called in the turn after it settled. */
  async #handled(): Promise<void> {
    await Promise.resolve()
  }
}

describe('CallbackFilter', () => {
  test('lets events pass at once while the callback gives no promise', () => {
    const { pipeline, output, source } = openPipeline([passing(() => ({ then: 'no promise' }))])
    pipeline.process(new MessageStart())
    pipeline.process(new Data('x'))
    expect([output, source.mostPauses]).toEqual([['MessageStart', 'Data(x)'], 0])
  })

  test('holds events back in order while it waits, with the source paused', async () => {
    const answers = new Answers()
    const { pipeline, output, source } = openPipeline([
      passing((event) => (event instanceof MessageStart ? answers.callback(event) : undefined)),
    ])
    for (const event of [new MessageStart(), new Data('a'), new MessageEnd(), new StreamEnd()]) pipeline.process(event)
    expect([output, source.pauses]).toEqual([[], 1])
    await answers.resolve()
    expect([output, source.pauses]).toEqual([['MessageStart', 'Data(a)', 'MessageEnd', 'StreamEnd'], 0])
  })

  test('waits again for an event that was held back, and keeps the order of what is behind it', async () => {
    const answers = new Answers()
    const { pipeline, output, source } = openPipeline([passing(answers.callback)])
    pipeline.process(new Data('1'))
    pipeline.process(new Data('2'))
    pipeline.process(new Data('3'))
    await answers.resolve()
    expect([output, answers.asked, source.pauses]).toEqual([['Data(1)'], ['Data(1)', 'Data(2)'], 1])
    pipeline.process(new Data('4'))
    await answers.resolve()
    await answers.resolve()
    await answers.resolve()
    expect([output, source.pauses]).toEqual([['Data(1)', 'Data(2)', 'Data(3)', 'Data(4)'], 0])
  })

  test('keeps the borrowed bytes that it holds back', async () => {
    const answers = new Answers()
    const { pipeline, output } = openPipeline([passing(answers.callback)])
    const buffer = new TextEncoder().encode('onetwo')
    pipeline.process(Data.view(buffer, 0, 3, 'call'))
    pipeline.process(Data.view(buffer, 3, 6, 'call'))
    buffer.fill(0)
    await answers.resolve()
    await answers.resolve()
    expect(output).toEqual(['Data(one)', 'Data(two)'])
  })

  test('ends the pipeline when the callback throws, and lets nothing pass any more', () => {
    const { pipeline, output, log } = openPipeline([
      passing(() => {
        throw new Error('no')
      }),
    ])
    pipeline.process(new Data('a'))
    pipeline.process(new Data('b'))
    expect(output).toEqual(['StreamEnd(CALLBACK_FAILED)'])
    expect(log.messages('error')).toEqual(['Cannot run the callback of passing in listen 8000: no'])
  })

  test('ends the pipeline when the promise rejects, and drops what was held back', async () => {
    const answers = new Answers()
    const { pipeline, output, source } = openPipeline([passing(answers.callback)])
    pipeline.process(new Data('a'))
    pipeline.process(new Data('b'))
    await answers.reject(new ProxyError('QUEUE_FULL', 'Cannot wait'))
    expect([output, source.pauses]).toEqual([['StreamEnd(QUEUE_FULL)'], 0])
    expect(answers.asked).toEqual(['Data(a)'])
  })

  test('ends the pipeline, not the process, when what is behind it throws after a promise', async () => {
    const answers = new Answers()
    const throwing: FilterRecipe = {
      name: 'throwing',
      bind: () => (pipeline) =>
        new (class extends PassingFilter {
          override process(): void {
            throw new Error('defect')
          }
        })(pipeline, () => undefined),
    }
    const { pipeline, output, source } = openPipeline([passing(answers.callback), throwing])
    pipeline.process(new Data('a'))
    await answers.resolve()
    expect([output, source.pauses]).toEqual([['StreamEnd(CALLBACK_FAILED)'], 0])
  })

  test('ends the pipeline when it would have to hold back too many bytes', async () => {
    const answers = new Answers()
    const { pipeline, output, source } = openPipeline([passing(answers.callback)])
    pipeline.process(new Data('a'))
    pipeline.process(new Data(LIMITS.maxHeldBytes))
    expect(output).toEqual([])
    pipeline.process(new Data(1))
    expect(output).toEqual(['StreamEnd(BUFFER_OVERFLOW)'])
    pipeline.close()
    expect(source.pauses).toBe(0)
    await answers.resolve()
    expect([output, source.pauses]).toEqual([['StreamEnd(BUFFER_OVERFLOW)'], 0])
  })

  test('ends the pipeline when it would have to hold back too many events', () => {
    const { pipeline, output } = openPipeline([passing(new Answers().callback)])
    pipeline.process(new Data('a'))
    for (let i = 0; i < LIMITS.maxHeldEvents; i++) pipeline.process(new MessageEnd())
    expect(output).toEqual([])
    pipeline.process(new MessageEnd())
    expect(output).toEqual(['StreamEnd(BUFFER_OVERFLOW)'])
  })

  test('gives back its pause and outputs nothing more when it is closed while it waits', async () => {
    const answers = new Answers()
    const { pipeline, output, source, log } = openPipeline([passing(answers.callback)])
    pipeline.process(new Data('a'))
    pipeline.process(new Data('b'))
    pipeline.close()
    expect(source.pauses).toBe(0)
    await answers.resolve()
    expect([output, source.pauses, log.entries]).toEqual([[], 0, []])
  })

  test('logs a promise that rejects after the close', async () => {
    const answers = new Answers()
    const { pipeline, output, log } = openPipeline([passing(answers.callback)])
    pipeline.process(new Data('a'))
    pipeline.close()
    await answers.reject(new Error('late'))
    expect(output).toEqual([])
    expect(log.entries).toEqual(['error Cannot run the callback of passing in listen 8000: late'])
  })

  test('balances its pauses when the output closes the pipeline while held events leave', async () => {
    const answers = new Answers()
    const { pipeline, output, source } = openPipeline([passing(answers.callback)], {
      onOutput: (_, live) => live.close(),
    })
    pipeline.process(new Data('a'))
    pipeline.process(new Data('b'))
    await answers.resolve()
    expect([output, source.pauses, answers.asked]).toEqual([['Data(a)'], 0, ['Data(a)']])
  })
})
