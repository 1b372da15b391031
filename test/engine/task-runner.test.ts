import { describe, expect, test } from 'vitest'
import { buildProxy } from '../../src/engine/build-proxy.ts'
import type { Context } from '../../src/engine/context.ts'
import type { Pipeline } from '../../src/engine/pipeline.ts'
import { TaskRunner } from '../../src/engine/task-runner.ts'
import { type Event, StreamEnd } from '../../src/events.ts'
import { RecordingLog } from '../support/recording-log.ts'
import { describeFilter, type DescribedFilter } from './described-filter.ts'
import { PlayedTransport } from './played-transport.ts'
import { showEvent } from './show-event.ts'

/** A task of one filter, on a clock that the test advances. */
class Scene {
  readonly transport = new PlayedTransport()
  readonly log = new RecordingLog()
  readonly runner: TaskRunner
  /** For each run what the filter was given, and `close` in the end. */
  readonly runs: string[][] = []
  readonly filters: DescribedFilter[] = []

  constructor(
    intervalMs: number | undefined,
    process: (event: Event, filter: DescribedFilter) => void = () => undefined,
  ) {
    const last = (): string[] => this.runs.at(-1) ?? []
    const filter = describeFilter('work', {
      create: (made) => {
        this.runs.push([])
        this.filters.push(made)
      },
      process: (event, made) => {
        last().push(showEvent(event))
        process(event, made)
      },
      close: (made) => this.runs[this.filters.indexOf(made)]?.push('close'),
    })
    const tasks = [{ intervalMs, filters: [filter] }]
    const proxy = buildProxy({ variables: { count: 0 }, listeners: [], tasks, pipelines: new Map() }, this)
    const [task] = proxy.tasks
    if (task === undefined) throw new Error('The proxy was built without its task')
    this.runner = new TaskRunner(task.layout, { count: 0 }, intervalMs, this.transport)
  }

  /** The run that began last outputs its end. */
  endRun(): void {
    this.filters.at(-1)?.next.process(new StreamEnd())
  }
}

/** Ends each run as soon as its message is complete. */
const endAtOnce = (event: Event, { next }: DescribedFilter): void => {
  if (event.type === 'MessageEnd') next.process(new StreamEnd())
}

const RUN = ['MessageStart', 'MessageEnd']

describe('TaskRunner', () => {
  test('feeds an empty message without a head, when it starts', () => {
    const heads: unknown[] = []
    const scene = new Scene(undefined, (event) => {
      if (event.type === 'MessageStart') heads.push(event.head)
    })
    expect(scene.runs).toEqual([])
    scene.runner.start()
    expect([scene.runs, heads]).toEqual([[RUN], [undefined]])
  })

  test('without an interval runs once and sets no timer', () => {
    const scene = new Scene(undefined, endAtOnce)
    scene.runner.start()
    expect(scene.transport.timerCount).toBe(0)
    scene.transport.advance(1_000_000)
    expect(scene.runs).toEqual([[...RUN, 'close']])
  })

  test('with an interval runs at once and then each time it is over', () => {
    const scene = new Scene(1000, endAtOnce)
    scene.runner.start()
    expect(scene.runs).toHaveLength(1)
    scene.transport.advance(999)
    expect(scene.runs).toHaveLength(1)
    scene.transport.advance(2001)
    expect(scene.runs).toEqual(Array.from({ length: 4 }, () => [...RUN, 'close']))
  })

  test('skips a run while the last one is under way', () => {
    const scene = new Scene(1000)
    scene.runner.start()
    scene.transport.advance(3500)
    expect(scene.runs).toEqual([RUN])
    scene.endRun()
    expect(scene.runs).toEqual([[...RUN, 'close']])
    scene.transport.advance(499)
    expect(scene.runs).toHaveLength(1)
    scene.transport.advance(1)
    expect(scene.runs).toEqual([[...RUN, 'close'], RUN])
  })

  test('feeds nothing more to a run that ended at its first event', () => {
    const scene = new Scene(undefined, (_, { next }) => next.process(new StreamEnd()))
    scene.runner.start()
    expect(scene.runs).toEqual([['MessageStart', 'close']])
  })

  test('gives each run new variables and no client connection', () => {
    const seen: Context<{ count: number }>[] = []
    const scene = new Scene(10, (event, filter) => {
      const context = filter.live.context as Context<{ count: number }>
      context.count++
      if (event.type === 'MessageStart') seen.push(context)
      endAtOnce(event, filter)
    })
    scene.runner.start()
    scene.transport.advance(10)
    expect(seen).toEqual([
      { count: 2, __inbound: null },
      { count: 2, __inbound: null },
    ])
  })

  test('a run that throws is logged and over; the next one begins in its time', () => {
    const scene = new Scene(10, () => {
      throw new Error('defect')
    })
    scene.runner.start()
    scene.transport.advance(10)
    expect(scene.runs).toEqual([
      ['MessageStart', 'close'],
      ['MessageStart', 'close'],
    ])
    const line = 'Cannot run the callback of a filter in task 1: defect'
    expect(scene.log.messages('error')).toEqual([line, line])
  })

  test('a run that cannot be opened is logged, and the next one is tried in its time', () => {
    const log = new RecordingLog()
    const transport = new PlayedTransport()
    let tries = 0
    const filter = describeFilter('fragile', {
      create: () => {
        if (++tries === 1) throw new Error('no memory')
      },
    })
    const tasks = [{ intervalMs: 10, filters: [filter] }]
    const proxy = buildProxy({ variables: {}, listeners: [], tasks, pipelines: new Map() }, { transport, log })
    const [task] = proxy.tasks
    if (task === undefined) throw new Error('The proxy was built without its task')
    new TaskRunner(task.layout, {}, 10, transport).start()
    transport.advance(10)
    expect([tries, log.messages('error')]).toEqual([2, ['Cannot open task 1: no memory']])
  })

  test('a run that fails later ends, whatever else its old pipeline says', () => {
    const scene = new Scene(10)
    scene.runner.start()
    const [first] = scene.filters as [{ live: Pipeline } & DescribedFilter]
    first.live.fail(new Error('timer'), 'work')
    scene.transport.advance(10)
    first.next.process(new StreamEnd())
    scene.transport.advance(10)
    expect(scene.runs).toEqual([[...RUN, 'close'], RUN])
  })

  test('stop gives up the run that is under way and begins no other', () => {
    const scene = new Scene(10)
    scene.runner.start()
    scene.runner.stop()
    scene.transport.advance(1000)
    expect([scene.runs, scene.transport.timerCount]).toEqual([[[...RUN, 'close']], 0])
  })

  test('stop inside a run feeds it nothing more', () => {
    const scene: Scene = new Scene(10, () => scene.runner.stop())
    scene.runner.start()
    expect([scene.runs, scene.transport.timerCount]).toEqual([[['MessageStart', 'close']], 0])
  })
})
