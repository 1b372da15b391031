import { describe, expect, test } from 'vitest'
import { Ticker } from '../../src/engine/ticker.ts'
import { PlayedTransport } from './played-transport.ts'

describe('Ticker', () => {
  test.each([
    [[60_000], 1000],
    [[2000, 60_000], 500],
    [[100, 0], 25],
    [[1], 5],
    [[0], 1000],
    [[], 1000],
  ])('for the times %j ticks every %i ms', (timeoutsMs, tickMs) => {
    const transport = new PlayedTransport()
    const ticker = new Ticker(transport, timeoutsMs, () => undefined)
    ticker.start()
    transport.advance(tickMs - 1)
    expect(ticker.count).toBe(0)
    transport.advance(1)
    expect(ticker.count).toBe(1)
    transport.advance(tickMs * 9)
    expect(ticker.count).toBe(10)
  })

  test.each([0, 1, 499, 500, 501, 999])(
    'is never early and at most two ticks late when the wait begins after %i ms',
    (offsetMs) => {
      const transport = new PlayedTransport()
      const ticker = new Ticker(transport, [2000], () => undefined)
      ticker.start()
      transport.advance(offsetMs)
      const since = ticker.count
      transport.advance(1999)
      expect(ticker.isOver(since, 2000)).toBe(false)
      transport.advance(1 + 2 * 500)
      expect(ticker.isOver(since, 2000)).toBe(true)
    },
  )

  test('says of the time 0 that it never passes', () => {
    const transport = new PlayedTransport()
    const ticker = new Ticker(transport, [0], () => undefined)
    ticker.start()
    transport.advance(1_000_000)
    expect(ticker.isOver(0, 0)).toBe(false)
  })

  test('stops and starts, with one timer at most', () => {
    const transport = new PlayedTransport()
    let ticks = 0
    const ticker = new Ticker(transport, [40], () => ticks++)
    ticker.start()
    ticker.start()
    expect(transport.timerCount).toBe(1)
    transport.advance(10)
    ticker.stop()
    ticker.stop()
    transport.advance(100)
    expect([ticks, transport.timerCount]).toEqual([1, 0])
    ticker.start()
    transport.advance(20)
    expect(ticks).toBe(3)
  })

  test('tells between which times something has lasted, without asking the clock', () => {
    const transport = new PlayedTransport()
    const ticker = new Ticker(transport, [400], () => undefined)
    transport.advance(1_050)
    ticker.start()
    const since = ticker.nowMs
    for (const lastedMs of [0, 99, 100, 150, 1_000, 1_099]) {
      transport.advance(lastedMs - (transport.now() - 1_050))
      expect(ticker.shortestMs(since)).toBeLessThanOrEqual(lastedMs)
      expect(ticker.longestMs(since)).toBeGreaterThanOrEqual(lastedMs)
      expect(ticker.longestMs(since) - ticker.shortestMs(since)).toBeLessThanOrEqual(200)
    }
  })

  test('may be stopped while it ticks', () => {
    const transport = new PlayedTransport()
    const ticker: Ticker = new Ticker(transport, [40], () => ticker.stop())
    ticker.start()
    transport.advance(1000)
    expect([ticker.count, transport.timerCount]).toEqual([1, 0])
  })
})
