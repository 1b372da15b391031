import { describe, expect, onTestFinished, test } from 'vitest'
import {
  followTargets,
  type FollowTargetsOptions,
  type StopFollowing,
} from '../../../src/algorithms/service/follow-targets.ts'
import type { FindTargets, TargetSource, TargetUpdate } from '../../../src/algorithms/service/target-source.ts'
import { MemoryTransport } from '../../support/memory-transport.ts'
import { RecordingLog } from '../../support/recording-log.ts'
import { RecordingService } from '../../support/recording-service.ts'

const FIRST = ['10.0.0.1:80', '10.0.0.2:80']
const SECOND = ['10.0.0.2:80', '10.0.0.3:80']

interface Following {
  readonly service: RecordingService
  readonly clock: MemoryTransport
  readonly log: RecordingLog
  readonly stop: StopFollowing
}

async function follow(source: TargetSource, options: Partial<FollowTargetsOptions> = {}): Promise<Following> {
  const service = new RecordingService('web')
  const clock = new MemoryTransport()
  const log = new RecordingLog()
  const stop = followTargets(service, source, { clock, log, ...options })
  onTestFinished(() => stop())
  await clock.settle()
  return { service, clock, log, stop }
}

/** A function that gives one answer after the other, the last for ever. */
function inTurn(...answers: (TargetUpdate | (() => never))[]): FindTargets & { calls: AbortSignal[] } {
  const calls: AbortSignal[] = []
  const find: FindTargets = (signal) => {
    const answer = answers[Math.min(calls.length, answers.length - 1)] as TargetUpdate | (() => never)
    calls.push(signal)
    return typeof answer === 'function' ? answer() : answer
  }
  return Object.assign(find, { calls })
}

const fail = (text = 'no route'): (() => never) => {
  return () => {
    throw new Error(text)
  }
}

describe('followTargets, of a function,', () => {
  test('asks at the interval and gives the service each list that is another one', async () => {
    const source = inTurn(FIRST, FIRST, SECOND)
    const { service, clock } = await follow(source, { intervalMs: 5_000 })
    expect(service.lists).toEqual([FIRST])
    await clock.advance(4_999)
    expect(source.calls).toHaveLength(1)
    await clock.advance(1)
    expect(source.calls).toHaveLength(2)
    expect(service.lists).toEqual([FIRST])
    await clock.advance(5_000)
    expect(service.lists).toEqual([FIRST, SECOND])
  })

  test('asks again when the answer says so', async () => {
    const source = inTurn({ targets: FIRST, refreshMs: 300 }, { targets: SECOND, refreshMs: 60_000 })
    const { service, clock } = await follow(source)
    await clock.advance(299)
    expect(source.calls).toHaveLength(1)
    await clock.advance(1)
    expect(service.lists).toEqual([FIRST, SECOND])
    await clock.advance(59_999)
    expect(source.calls).toHaveLength(2)
  })

  test.each<[string, TargetUpdate, TargetUpdate, number]>([
    ['another order', ['a:1', 'b:1'], ['b:1', 'a:1'], 1],
    ['a weight of 1 that was left out', ['a:1'], [{ address: 'a:1', weight: 1 }], 1],
    [
      'another order of metadata',
      [{ address: 'a:1', metadata: { x: '1', y: '2' } }],
      [{ address: 'a:1', metadata: { y: '2', x: '1' } }],
      1,
    ],
    ['a priority of 0 that was left out', ['a:1'], [{ address: 'a:1', priority: 0 }], 1],
    ['another priority', [{ address: 'a:1', weight: 12 }], [{ address: 'a:1', weight: 1, priority: 2 }], 2],
    ['another weight', ['a:1'], [{ address: 'a:1', weight: 2 }], 2],
    ['other metadata', [{ address: 'a:1', metadata: { x: '1' } }], [{ address: 'a:1', metadata: { x: '2' } }], 2],
    ['one more', ['a:1'], ['a:1', 'b:1'], 2],
    ['one fewer', ['a:1', 'b:1'], ['a:1'], 2],
  ])('counts %s as it should', async (_, before, after, count) => {
    const { service, clock } = await follow(inTurn(before, after))
    await clock.advance(10_000)
    expect(service.lists).toHaveLength(count)
  })

  test('sees that a list was changed in place', async () => {
    const list = ['a:1']
    const { service, clock } = await follow(() => list)
    list.push('b:1')
    await clock.advance(10_000)
    expect(service.lists).toHaveLength(2)
  })

  test('keeps the last list while it fails, and writes one line when that begins and one when it ends', async () => {
    const source = inTurn(FIRST, fail(), fail(), fail(), FIRST, SECOND)
    const { service, clock, log } = await follow(Object.assign(source, { description: 'the registry' }))
    await clock.advance(60_000)
    expect(service.lists).toEqual([FIRST, SECOND])
    expect(log.entries).toEqual([
      'warn Cannot get targets of service "web" from the registry: the source failed: no route; the last list stays, 2 targets',
      'info Got targets of service "web" from the registry again',
    ])
  })

  test('writes another line when it fails in another way', async () => {
    const { clock, log } = await follow(inTurn(fail('one'), fail('one'), fail('two'), fail('two')))
    await clock.advance(60_000)
    expect(log.messages('warn')).toEqual([
      'Cannot get targets of service "web": the source failed: one; there is no list yet',
      'Cannot get targets of service "web": the source failed: two; there is no list yet',
    ])
  })

  test('waits longer after each failure, by chance from half to all of it, up to a limit; success begins anew', async () => {
    const waits: number[] = []
    const clock = new MemoryTransport()
    const setTimer = (callback: () => void, delayMs: number) => {
      waits.push(delayMs)
      return clock.setTimer(callback, delayMs)
    }
    const randoms = [0, 1, 0.5, 0, 0, 0]
    const random = (): number => randoms.shift() ?? 0
    const source = inTurn(fail(), fail(), fail(), fail(), FIRST, fail())
    const options = { clock: { setTimer, random }, minRetryMs: 100, maxRetryMs: 500, intervalMs: 7_000 }
    await follow(source, { ...options, timeoutMs: 1 })
    await clock.advance(10_000)
    // The call of each answer that is no exception has a timer too, of 1 ms.
    expect(waits.filter((delayMs) => delayMs > 1).slice(0, 6)).toEqual([50, 200, 300, 250, 7_000, 50])
  })

  test('aborts a call that takes too long, and asks again', async () => {
    const calls: AbortSignal[] = []
    const source: FindTargets = (signal) => {
      calls.push(signal)
      return calls.length === 1 ? new Promise(() => {}) : FIRST
    }
    const { service, clock, log } = await follow(source, { timeoutMs: 2_000, minRetryMs: 100 })
    await clock.advance(2_000)
    expect(calls[0]?.aborted).toBe(true)
    await clock.advance(100)
    expect(service.lists).toEqual([FIRST])
    expect(log.messages('warn')[0]).toContain('no answer within 2000 ms')
  })

  test('refuses an empty list with the reason that the source gives', async () => {
    const { service, clock, log } = await follow(inTurn(FIRST, { targets: [], note: 'the name does not exist' }))
    await clock.advance(60_000)
    expect(service.lists).toEqual([FIRST])
    expect(log.messages('warn')).toEqual([
      'Cannot get targets of service "web": the list is empty, the name does not exist; the last list stays, 2 targets',
    ])
  })

  test('takes an empty list where that is allowed', async () => {
    const { service, clock, log } = await follow(inTurn(FIRST, []), { allowsEmpty: true })
    await clock.advance(60_000)
    expect(service.lists).toEqual([FIRST, []])
    expect(log.entries).toEqual([])
  })

  test('gives a list that the service refused to it again, and says why it was refused', async () => {
    const service = new RecordingService()
    service.check = () => {
      throw new Error('targets[0] is wrong')
    }
    const clock = new MemoryTransport()
    const log = new RecordingLog()
    onTestFinished(followTargets(service, () => FIRST, { clock, log, minRetryMs: 100 }))
    await clock.settle()
    expect(log.messages('warn')).toEqual([
      'Cannot get targets: the service refuses the list: targets[0] is wrong; there is no list yet',
    ])
    service.check = () => {}
    await clock.advance(100)
    expect(service.lists).toEqual([FIRST])
  })

  test.each([undefined, null, 'a:1', 7])('refuses %o in place of a list', async (answer) => {
    const { service, log } = await follow(() => answer as never)
    expect(service.lists).toEqual([])
    expect(log.messages('warn')[0]).toContain('expected a list of targets')
  })

  test('stops at once: no call, no list and no timer afterwards', async () => {
    let give: (list: string[]) => void = () => {}
    const calls: AbortSignal[] = []
    const source: FindTargets = (signal) => {
      calls.push(signal)
      return new Promise((resolve) => {
        give = resolve
      })
    }
    const { service, clock, log, stop } = await follow(source)
    stop()
    expect(calls[0]?.aborted).toBe(true)
    give(FIRST)
    await clock.advance(600_000)
    expect(calls).toHaveLength(1)
    expect(service.lists).toEqual([])
    expect(log.entries).toEqual([])
    expect(clock.timerCount).toBe(0)
  })

  test('first settles with the first list, not before', async () => {
    const { service, clock, stop } = await follow(inTurn(fail(), FIRST))
    let isSettled = false
    void stop.first.then(() => {
      isSettled = true
    })
    await clock.settle()
    expect(isSettled).toBe(false)
    await clock.advance(1_000)
    expect(isSettled).toBe(true)
    expect(service.lists).toEqual([FIRST])
  })

  test('first settles when it is stopped', async () => {
    const { stop } = await follow(inTurn(fail()))
    stop()
    await stop.first
  })
})

describe('followTargets, of an iterable,', () => {
  /** A generator function whose steps the test gives. */
  function steps(): { push: (step: TargetUpdate | 'throw' | 'end') => void; source: FindTargets; ends: string[] } {
    const queue: (TargetUpdate | 'throw' | 'end')[] = []
    const ends: string[] = []
    let wake: () => void = () => {}
    async function* source(signal: AbortSignal): AsyncGenerator<TargetUpdate> {
      signal.addEventListener('abort', () => wake())
      try {
        while (!signal.aborted) {
          const step = queue.shift()
          if (step === 'throw') throw new Error('cut')
          if (step === 'end') return
          if (step !== undefined) yield step
          else await new Promise<void>((resolve) => (wake = resolve))
        }
      } finally {
        ends.push('ended')
      }
    }
    return { push: (step) => (queue.push(step), wake()), source, ends }
  }

  test('takes each list as it comes', async () => {
    const { push, source } = steps()
    const { service, clock } = await follow(source)
    for (const list of [FIRST, FIRST, SECOND]) {
      push(list)
      await clock.settle()
    }
    expect(service.lists).toEqual([FIRST, SECOND])
  })

  test('goes on behind an error that comes in place of a list', async () => {
    const { push, source, ends } = steps()
    const { service, clock, log } = await follow(source)
    for (const step of [FIRST, new Error('line 3 is wrong'), new Error('line 3 is wrong'), SECOND]) {
      push(step)
      await clock.settle()
    }
    expect(service.lists).toEqual([FIRST, SECOND])
    expect(ends).toEqual([])
    expect(log.entries.map((entry) => entry.split(' ')[0])).toEqual(['warn', 'info'])
  })

  test('begins anew, after a wait, behind one that throws', async () => {
    const { push, source, ends } = steps()
    const { service, clock, log } = await follow(source, { minRetryMs: 100 })
    push(FIRST)
    push('throw')
    await clock.settle()
    push(SECOND)
    await clock.settle()
    expect(ends).toEqual(['ended'])
    expect(service.lists).toEqual([FIRST])
    await clock.advance(100)
    expect(service.lists).toEqual([FIRST, SECOND])
    expect(log.messages('warn')).toHaveLength(1)
  })

  test('keeps the last list of one that ends, and says that it is over', async () => {
    const { push, source } = steps()
    const { service, clock, log } = await follow(source)
    push(FIRST)
    push('end')
    await clock.advance(600_000)
    expect(service.lists).toEqual([FIRST])
    expect(log.entries).toEqual(['info No further targets of service "web": the source is over'])
    expect(clock.timerCount).toBe(0)
  })

  test('ends a generator that waits, by its signal', async () => {
    const { push, source, ends } = steps()
    const { service, clock, stop } = await follow(source)
    push(FIRST)
    await clock.settle()
    stop()
    push(SECOND)
    await clock.settle()
    expect(ends).toEqual(['ended'])
    expect(service.lists).toEqual([FIRST])
  })

  test('ends a plain iterable by its return', async () => {
    const ends: string[] = []
    const source: AsyncIterable<TargetUpdate> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: async () => {
          ends.push('returned')
          return { done: true, value: undefined }
        },
      }),
    }
    const { clock, stop } = await follow(source)
    stop()
    await clock.settle()
    expect(ends).toEqual(['returned'])
  })

  test('tells of an iterable that cannot be ended', async () => {
    const source: AsyncIterable<TargetUpdate> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: () => Promise.reject(new Error('stuck')),
      }),
    }
    const { clock, log, stop } = await follow(source)
    stop()
    await clock.settle()
    expect(log.messages('warn')[0]).toContain('stuck')
  })
})

describe('followTargets', () => {
  const clock = new MemoryTransport()
  const log = new RecordingLog()

  test.each([undefined, null, 7, {}, ['a:1']])('refuses %o as a source', (source) => {
    expect(() => followTargets(new RecordingService(), source as never, { clock, log })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    )
  })

  test.each([
    ['intervalMs', 0],
    ['timeoutMs', -1],
    ['minRetryMs', Number.NaN],
    ['maxRetryMs', 1e12],
  ])('refuses %s of %o', (name, value) => {
    const text = `Cannot follow targets: ${name} is "${value}", expected milliseconds above 0`
    expect(() => followTargets(new RecordingService(), () => [], { clock, log, [name]: value })).toThrow(text)
  })
})
