import { describe, expect, test } from 'vitest'
import { createContext } from '../../src/engine/context.ts'
import type { FilterRecipe } from '../../src/engine/filter-recipe.ts'
import { Filter } from '../../src/engine/filter.ts'
import type { PipelineParent } from '../../src/engine/pipeline.ts'
import { Data, type Event, MessageStart, StreamEnd } from '../../src/events.ts'
import { ProxyError } from '../../src/errors.ts'
import { handleMessageStart } from '../../src/filters/handle-message-start.ts'
import { describeFilter } from './described-filter.ts'
import { openPipeline } from './open-pipeline.ts'

/** Appends its name to each Data, so that the way of an event can be read. */
const mark = (name: string) =>
  describeFilter(name, {
    process: (event, { next }) => next.process(event instanceof Data ? new Data(`${event.toString()}${name}`) : event),
  })

describe('Pipeline', () => {
  test('hands events from filter to filter in order, and out of the last', () => {
    const { pipeline, output } = openPipeline([mark('a'), mark('b'), mark('c')])
    pipeline.process(new Data('>'))
    pipeline.process(new MessageStart())
    pipeline.process(new StreamEnd())
    expect(output).toEqual(['Data(>abc)', 'MessageStart', 'StreamEnd'])
  })

  test('without filters passes events out and pauses on to its source', () => {
    const { pipeline, output, source } = openPipeline([])
    pipeline.process(new Data('x'))
    pipeline.pause()
    expect([output, source.pauses]).toEqual([['Data(x)'], 1])
    pipeline.resume()
    expect(source.pauses).toBe(0)
  })

  test('passes a pause of its output back through all filters to its source', () => {
    const { pipeline, source } = openPipeline([mark('a'), mark('b')])
    pipeline.pause()
    pipeline.pause()
    pipeline.resume()
    expect(source.pauses).toBe(1)
    pipeline.resume()
    expect(source.pauses).toBe(0)
  })

  test('lets a filter in the middle pause what is before it only', () => {
    const seen: string[] = []
    const spy = (name: string) =>
      class SpyFilter extends Filter {
        override process(event: Event): void {
          this.next.process(event)
        }
        override pause(): void {
          seen.push(name)
          super.pause()
        }
      }
    const [First, Last] = [spy('first'), spy('last')]
    const full = describeFilter('full', { process: (_, { prev }) => prev.pause() })
    const { pipeline, source } = openPipeline([
      { name: 'first', bind: () => (live) => new First(live) },
      full,
      { name: 'last', bind: () => (live) => new Last(live) },
    ])
    pipeline.process(new Data('x'))
    expect([seen, source.pauses]).toEqual([['first'], 1])
  })

  test('fail ends the output with CALLBACK_FAILED past the filters that remain, and logs where', () => {
    const cause = new TypeError('x is undefined')
    const failing = describeFilter('failing', { process: (_, { live }) => live.fail(cause, 'failing') })
    const { pipeline, output, log } = openPipeline([failing, mark('never')])
    pipeline.process(new Data('x'))
    expect(output).toEqual(['StreamEnd(CALLBACK_FAILED)'])
    expect(log.entries).toEqual(['error Cannot run the callback of failing in listen 8000: x is undefined'])
    expect((log.errors[0] as ProxyError).cause).toBe(cause)
  })

  test('fail keeps a ProxyError as it is', () => {
    const error = new ProxyError('BUFFER_OVERFLOW', 'Cannot hold back more')
    const { pipeline, output } = openPipeline([])
    pipeline.fail(error, 'wait')
    expect(output).toEqual(['StreamEnd(BUFFER_OVERFLOW)'])
  })

  test('fail only logs once the pipeline is closed', () => {
    const { pipeline, output, log } = openPipeline([mark('a')])
    pipeline.close()
    pipeline.fail(new Error('late'), 'a')
    expect([output, log.entries]).toEqual([[], ['error Cannot run the callback of a in listen 8000: late']])
  })

  test('close closes each filter once, in order', () => {
    const closed: string[] = []
    const closing = (name: string) => describeFilter(name, { close: () => closed.push(name) })
    const { pipeline } = openPipeline([closing('a'), closing('b')])
    pipeline.close()
    pipeline.close()
    expect(closed).toEqual(['a', 'b'])
  })

  test('close closes the other filters when one throws, and logs it', () => {
    const closed: string[] = []
    const { pipeline, log } = openPipeline([
      describeFilter('bad', {
        close: () => {
          throw new Error('stuck')
        },
      }),
      describeFilter('good', { close: () => closed.push('good') }),
    ])
    pipeline.close()
    expect(closed).toEqual(['good'])
    expect(log.entries).toEqual(['error Cannot close a filter of listen 8000: stuck'])
  })

  test('close may be called while a filter is processing', () => {
    const { pipeline, output } = openPipeline([mark('a')], { onOutput: (_, live) => live.close() })
    pipeline.process(new Data('x'))
    expect(output).toEqual(['Data(xa)'])
  })

  test('knows whether it works on a request, and so does a pipeline that continues it', () => {
    const { pipeline } = openPipeline([])
    const nowhere = { process: () => undefined, pause: () => undefined, resume: () => undefined }
    const open = (parent?: PipelineParent) =>
      pipeline.layout.open(pipeline.context, nowhere, nowhere, parent).isExchange
    expect([
      pipeline.isExchange,
      open(pipeline),
      open({ isExchange: true, carriesHttp: false, carriesMessages: false }),
    ]).toEqual([false, false, true])
  })

  describe('reopens', () => {
    class AnyNumberOfTimes extends Filter {
      override process(event: Event): void {
        this.next.process(event)
      }
      override reopen(): boolean {
        return true
      }
    }
    const again: FilterRecipe = { name: 'again', bind: () => (live) => new AnyNumberOfTimes(live) }
    const context = createContext({}, null)

    test('when it is closed and all of its filters allow it, for another context', () => {
      const { pipeline, output } = openPipeline([again, again])
      expect(pipeline.reopen(context)).toBe(false)
      pipeline.close()
      expect(pipeline.reopen(context)).toBe(true)
      expect(pipeline.context).toBe(context)
      pipeline.process(new Data('x'))
      expect(output).toEqual(['Data(x)'])
    })

    test('not when one of its filters does not say that it may be used again', () => {
      const { pipeline } = openPipeline([again, mark('once')])
      pipeline.close()
      expect(pipeline.reopen(context)).toBe(false)
      expect(pipeline.context).not.toBe(context)
    })

    test('not when a callback of it still awaits a promise', async () => {
      let settle = (): void => undefined
      const waits = handleMessageStart(() => new Promise<void>((resolve) => (settle = resolve)))
      const { pipeline, output } = openPipeline([waits])
      pipeline.process(new MessageStart())
      pipeline.close()
      expect(pipeline.reopen(context)).toBe(false)
      settle()
      await Promise.resolve()
      expect(output).toEqual([])
    })
  })
})
