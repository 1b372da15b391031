import { describe, expect, test } from 'vitest'
import { Data, StreamEnd } from '../../src/events.ts'
import { wait } from '../../src/filters/wait.ts'
import { LIMITS } from '../../src/limits.ts'
import { ProxyUnderTest, runPipeline } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'

filterCases('wait', () => wait(() => true))

interface Variables {
  isReady: boolean
}

function run(options?: { timeoutMs: number }) {
  return runPipeline<Variables>([wait(($) => $.isReady, options)], { variables: { isReady: false } })
}

describe('wait', () => {
  test('holds events back and its source paused until the condition holds', async () => {
    const session = run().feed(new Data(), 'a', 'b', new StreamEnd())
    expect([session.take(), session.pauses]).toEqual([[], 1])
    await session.proxy.transport.advance(100)
    expect(session.take()).toEqual([])
    session.pipeline.context.isReady = true
    await session.proxy.transport.advance(20)
    expect([session.take(), session.pauses]).toEqual([['flush', 'data "a"', 'data "b"', 'close'], 0])
    expect(session.proxy.transport.timerCount).toBe(0)
  })

  test('asks again at each further event, and never after it has held', () => {
    let asked = 0
    const session = runPipeline([wait(() => ++asked === 2)]).feed('a', 'b', 'c')
    expect([session.take(), asked, session.pauses]).toEqual([['data "a"', 'data "b"', 'data "c"'], 2, 0])
  })

  test('lets the events go on after timeoutMs', async () => {
    const session = run({ timeoutMs: 200 }).feed('a')
    await session.proxy.transport.advance(190)
    expect(session.take()).toEqual([])
    await session.proxy.transport.advance(50)
    expect([session.take(), session.pauses]).toEqual([['data "a"'], 0])
    expect(session.feed('b').take()).toEqual(['data "b"'])
  })

  test('counts timeoutMs from the first event of each session', async () => {
    const filter = wait(() => false, { timeoutMs: 200 })
    const proxy = new ProxyUnderTest([filter])
    const first = proxy.open().feed('a')
    await proxy.transport.advance(150)
    const second = proxy.open().feed('b')
    await proxy.transport.advance(100)
    expect([first.take(), second.take()]).toEqual([['data "a"'], []])
    await proxy.transport.advance(150)
    expect(second.take()).toEqual(['data "b"'])
  })

  test('waits for a promise that the condition gives, once at a time', async () => {
    let asked = 0
    let go: (value?: unknown) => void = () => undefined
    const session = runPipeline([
      wait(() => {
        asked++
        return new Promise((resolve) => (go = resolve))
      }),
    ])
    session.feed('a', 'b')
    await session.proxy.transport.advance(100)
    expect([asked, session.take()]).toEqual([1, []])
    go(false)
    await session.proxy.transport.advance(20)
    expect([asked, session.take()]).toEqual([2, []])
    go()
    expect(await session.settle()).toEqual(['data "a"', 'data "b"'])
    expect(session.proxy.transport.timerCount).toBe(0)
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
  ])('ends the pipeline when its condition %s', async (_, condition) => {
    const session = runPipeline([wait(condition)]).feed('a', 'b')
    expect(await session.settle()).toEqual(['close CALLBACK_FAILED'])
    expect([session.pauses, session.proxy.transport.timerCount]).toEqual([0, 0])
  })

  test('ends the pipeline when its condition throws while events wait', async () => {
    let asked = 0
    const session = runPipeline([
      wait(() => {
        if (++asked > 1) throw new Error('no')
      }),
    ])
    session.feed('a')
    await session.proxy.transport.advance(50)
    expect([session.take(), session.pauses, session.proxy.transport.timerCount]).toEqual([
      ['close CALLBACK_FAILED'],
      0,
      0,
    ])
  })

  test('lets the end of a client that broke off through at once', () => {
    const session = run().feed('a', new StreamEnd(new Error('reset')))
    expect([session.take(), session.pauses]).toEqual([['close Error: reset'], 0])
  })

  test('fails with BUFFER_OVERFLOW when too much would have to be held back', () => {
    const session = run().feed(new Data(LIMITS.maxHeldBytes), 'x')
    expect([session.take(), session.pauses]).toEqual([['close BUFFER_OVERFLOW'], 0])
  })

  test('gives up its clock when it is closed or the proxy stops', () => {
    const closed = run().feed('a')
    closed.close()
    expect([closed.pauses, closed.proxy.transport.timerCount]).toEqual([0, 0])
    const stopped = run().feed('a')
    stopped.proxy.stop()
    expect(stopped.proxy.transport.timerCount).toBe(0)
  })

  test('refuses what it cannot use', () => {
    expect(() => wait(true as never)).toThrow('Cannot configure wait: the condition must be a function, got true')
    expect(() => wait(() => true, { timeoutMs: -1 })).toThrow('timeoutMs must be a number from 0 up, got -1')
  })
})
