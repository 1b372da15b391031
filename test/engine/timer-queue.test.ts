import { describe, expect, test } from 'vitest'
import { Ticker } from '../../src/engine/ticker.ts'
import { TimerQueue } from '../../src/engine/timer-queue.ts'
import { PlayedTransport } from './played-transport.ts'

function setUp() {
  const transport = new PlayedTransport()
  const queue = new TimerQueue(transport, 250)
  const called: string[] = []
  const set = (name: string, delayMs: number) => queue.setTimer(() => called.push(name), delayMs)
  return { transport, queue, called, set }
}

describe('TimerQueue', () => {
  test('calls back in the order in which timers are due, with one timer of the transport', () => {
    const { transport, called, set } = setUp()
    set('late', 300)
    set('early', 100)
    set('early too', 100)
    set('in between', 200)
    expect(transport.timerCount).toBe(1)
    transport.advance(99)
    expect(called).toEqual([])
    transport.advance(1)
    expect(called).toEqual(['early', 'early too'])
    expect(transport.timerCount).toBe(1)
    transport.advance(100)
    expect(called).toEqual(['early', 'early too', 'in between'])
    transport.advance(100)
    expect(called).toEqual(['early', 'early too', 'in between', 'late'])
    expect(transport.timerCount).toBe(0)
  })

  test('calls back no more for a timer that was cancelled, and holds no timer for none', () => {
    const { transport, called, set } = setUp()
    const first = set('first', 100)
    const second = set('second', 200)
    first.cancel()
    first.cancel()
    transport.advance(100)
    expect([called, transport.timerCount]).toEqual([[], 1])
    second.cancel()
    expect(transport.timerCount).toBe(0)
    transport.advance(1000)
    expect(called).toEqual([])
  })

  test('takes new timers and cancelled ones from inside a callback', () => {
    const { transport, queue, called, set } = setUp()
    queue.setTimer(() => {
      other.cancel()
      set('new', 50)
      set('at once', 0)
    }, 100)
    const other = set('other', 100)
    transport.advance(100)
    expect(called).toEqual(['at once'])
    transport.advance(50)
    expect(called).toEqual(['at once', 'new'])
    expect(transport.timerCount).toBe(0)
  })

  test('goes on after a callback that throws', () => {
    const { transport, queue, called, set } = setUp()
    queue.setTimer(() => {
      throw new Error('meant to be thrown')
    }, 100)
    set('same time', 100)
    set('later', 150)
    expect(() => transport.advance(100)).toThrow('meant to be thrown')
    transport.advance(0)
    expect(called).toEqual(['same time'])
    transport.advance(50)
    expect(called).toEqual(['same time', 'later'])
  })

  test('calls back when the timer of the transport comes early by its clock', () => {
    let nowMs = 0
    let fire: (() => void) | undefined
    const setTimer = (callback: () => void) => {
      fire = callback
      return { cancel: () => (fire = undefined) }
    }
    const called: number[] = []
    new TimerQueue({ now: () => nowMs, setTimer }, 250).setTimer(() => called.push(nowMs), 100)
    nowMs = 99.7
    fire?.()
    expect(called).toEqual([99.7])
  })

  test('sets the timer of the transport once for a long time and a shorter one that follows', () => {
    const transport = new PlayedTransport()
    const delaysMs: number[] = []
    const setTimer = (callback: () => void, delayMs: number) => {
      delaysMs.push(delayMs)
      return transport.setTimer(callback, delayMs)
    }
    const queue = new TimerQueue({ now: () => transport.now(), setTimer }, 250)
    const called: string[] = []
    queue.setTimer(() => called.push('long'), 1000)
    queue.setTimer(() => called.push('short'), 250)
    expect(delaysMs).toEqual([250])
    transport.advance(250)
    expect(called).toEqual(['short'])
    transport.advance(749)
    expect(called).toEqual(['short'])
    transport.advance(1)
    expect(called).toEqual(['short', 'long'])
  })

  test('lets tickers share a timer', () => {
    const { transport, queue } = setUp()
    const shared = {
      now: () => transport.now(),
      setTimer: (callback: () => void, delayMs: number) => queue.setTimer(callback, delayMs),
    }
    const tickers = [60_000, 60_000, 10_000].map((timeoutMs) => {
      const ticker = new Ticker(shared, [timeoutMs], () => undefined)
      ticker.start()
      return ticker
    })
    expect(transport.timerCount).toBe(1)
    transport.advance(3000)
    expect(tickers.map(({ count }) => count)).toEqual([3, 3, 3])
    for (const ticker of tickers) ticker.stop()
    expect(transport.timerCount).toBe(0)
  })
})
