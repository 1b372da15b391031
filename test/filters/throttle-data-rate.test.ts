import { describe, expect, test } from 'vitest'
import { Quota } from '../../src/algorithms/quota/quota.ts'
import { Data, Message, StreamEnd } from '../../src/events.ts'
import { throttleDataRate } from '../../src/filters/throttle-data-rate.ts'
import { ProxyUnderTest, runPipeline, type Session } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'

filterCases('throttleDataRate', () => throttleDataRate(new Quota(1000, { perMs: 1000 })))
filterCases('throttleDataRate while it waits', () => throttleDataRate(new Quota(1, { initial: 0, perMs: 1e6 })), {
  passes: [new Message()],
})
filterCases('throttleDataRate with a function that is asynchronous', () =>
  throttleDataRate(async () => new Quota(1000, { perMs: 1000 })),
)

const bytesOf = ({ output }: Session<object>): number[] =>
  output.flatMap((event) => (event instanceof Data ? event.toArray() : []))

describe('throttleDataRate', () => {
  test('passes as many bytes as the quota has, and the rest as they come, each once and in order', async () => {
    const bytes = Array.from({ length: 5000 }, (_, i) => i % 251)
    const session = runPipeline([throttleDataRate(new Quota(1000, { perMs: 1000 }))])
    for (let i = 0; i < 5000; i += 700) session.feed(new Data(bytes.slice(i, i + 700)))
    session.feed(new StreamEnd())
    expect(bytesOf(session)).toHaveLength(1000)
    for (let ms = 100; ms <= 3900; ms += 100) {
      await session.proxy.transport.advance(100)
      expect(bytesOf(session).length).toBeLessThanOrEqual(1000 + ms)
      expect(bytesOf(session).length).toBeGreaterThanOrEqual(1000 + ms - 60)
    }
    expect(session.pauses).toBeGreaterThan(0)
    await session.proxy.transport.advance(200)
    expect(bytesOf(session)).toEqual(bytes)
    expect(session.output.at(-1)).toEqual(new StreamEnd())
    expect([session.pauses, session.proxy.transport.timerCount]).toEqual([0, 0])
  })

  test('waits for pieces that are worth it, not for single bytes', async () => {
    const session = runPipeline([throttleDataRate(new Quota(100_000, { perMs: 1000, burst: 10_000 }))])
    session.feed(new Data(100_000))
    await session.proxy.transport.advance(1000)
    expect(bytesOf(session)).toHaveLength(100_000)
    expect(session.output.length).toBeLessThan(25)
  })

  test('keeps heads and ends of messages in their place', async () => {
    const session = runPipeline([throttleDataRate(new Quota(10, { perMs: 1000 }))])
    session.feed(new Message('0123456789abc'), new Message('x'))
    await session.proxy.transport.advance(2000)
    const joined = session
      .take()
      .join(' ')
      .replaceAll(/" data "/g, '')
    expect(joined).toMatch(/^start.* data "0123456789abc" end start.* data "x" end$/)
  })

  test('shares one quota among all sessions, in turn', async () => {
    const proxy = new ProxyUnderTest([throttleDataRate(new Quota(100, { perMs: 1000 }))])
    const sessions = Array.from({ length: 4 }, () => proxy.open().feed(new Data(100)))
    await proxy.transport.advance(1100)
    const [first, ...others] = sessions.map((session) => bytesOf(session).length)
    expect(first).toBe(100)
    expect(others.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(110)
    expect(Math.min(...others)).toBeGreaterThanOrEqual(30)
    await proxy.transport.advance(2000)
    expect(sessions.map((session) => bytesOf(session).length)).toEqual([100, 100, 100, 100])
    expect(sessions.map(({ pauses }) => pauses)).toEqual([0, 0, 0, 0])
  })

  test('holds its source back, however much the client would send', async () => {
    const session = runPipeline([throttleDataRate(new Quota(1000, { perMs: 1000 }))])
    let sent = 0
    for (let ms = 0; ms < 10_000; ms += 10) {
      if (session.pauses === 0) {
        session.feed(new Data(500))
        sent += 500
      }
      await session.proxy.transport.advance(10)
    }
    expect(sent).toBeLessThanOrEqual(1000 + 10_000 + 500)
    expect(sent).toBeGreaterThan(10_000)
  })

  test('lets the end of a client that broke off through at once, and gives its place away', async () => {
    const proxy = new ProxyUnderTest([throttleDataRate(new Quota(100, { perMs: 1000 }))])
    const [first, second] = [proxy.open().feed(new Data(1000)), proxy.open().feed(new Data(50))]
    first.feed(new StreamEnd(new Error('reset')))
    expect((await first.settle()).at(-1)).toBe('close Error: reset')
    await proxy.transport.advance(500)
    expect([bytesOf(first).length, bytesOf(second).length, first.pauses]).toEqual([100, 50, 0])
    expect(proxy.transport.timerCount).toBe(0)
  })

  test('waits for whatever there is of a quota that is smaller than a piece', async () => {
    const session = runPipeline([throttleDataRate(new Quota(1000, { perMs: 1000, burst: 3 }))])
    session.feed(new Data(30))
    await session.proxy.transport.advance(60)
    expect(bytesOf(session)).toHaveLength(30)
  })

  test('keeps bytes that it holds', async () => {
    const session = runPipeline([throttleDataRate(new Quota(4, { perMs: 1000 }))])
    // What is fed is lent for the call, and overwritten behind it.
    session.feed('abcdef', 'gh')
    await session.proxy.transport.advance(1100)
    expect(new Data(bytesOf(session)).toString()).toBe('abcdefgh')
  })
})
