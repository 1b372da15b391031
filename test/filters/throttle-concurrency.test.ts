import { describe, expect, test } from 'vitest'
import { Quota } from '../../src/algorithms/quota/quota.ts'
import { Message, StreamEnd } from '../../src/events.ts'
import { throttleConcurrency } from '../../src/filters/throttle-concurrency.ts'
import type { ThrottleOptions } from '../../src/filters/throttle-options.ts'
import { FULL_CAPABILITIES } from '../support/full-capabilities.ts'
import { ProxyUnderTest, type Session } from '../support/run-pipeline.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { filterCases } from './filter.cases.ts'

filterCases('throttleConcurrency', () => throttleConcurrency(new Quota(10)))
filterCases('throttleConcurrency without a limit', () => throttleConcurrency(() => null))

interface Variables {
  client?: string
}

function throttled(quota: Quota, options?: ThrottleOptions<Variables>): ProxyUnderTest<Variables> {
  return new ProxyUnderTest<Variables>([throttleConcurrency<Variables>(quota, options)], { variables: {} })
}

function ask(proxy: ProxyUnderTest<Variables>, count: number, client = ''): Session<Variables>[] {
  return Array.from({ length: count }, () => {
    const session = proxy.open(true)
    session.pipeline.context.client = client
    return session.feed(new Message({ path: '/' }))
  })
}

const through = (sessions: Session<Variables>[]): number[] =>
  sessions.flatMap(({ output }, i) => (output.some(({ type }) => type === 'MessageStart') ? [i] : []))
const errorOf = ({ output }: Session<Variables>): unknown => {
  const last = output.at(-1)
  return last instanceof StreamEnd ? last.error : undefined
}

describe('throttleConcurrency', () => {
  test('passes so many at once, and each that is over lets the next one in', async () => {
    const quota = new Quota(2)
    const proxy = throttled(quota, { timeoutMs: 0 })
    const sessions = ask(proxy, 5)
    expect(through(sessions)).toEqual([0, 1])
    await proxy.transport.advance(60_000)
    expect(through(sessions)).toEqual([0, 1])
    sessions[1]?.close()
    await proxy.transport.settle()
    expect(through(sessions)).toEqual([0, 1, 2])
    for (const session of sessions) {
      session.close()
      await proxy.transport.settle()
    }
    expect([quota.current, proxy.transport.timerCount]).toEqual([2, 0])
  })

  test('counts a session that has many messages, or none, once', () => {
    const quota = new Quota(2)
    const proxy = throttled(quota)
    const first = proxy.open().feed(new Message('a'), new Message('b'), 'raw')
    const second = proxy.open().feed('raw')
    expect([quota.current, first.take().length, second.take().length]).toEqual([0, 7, 1])
    proxy.open().close()
    first.close()
    second.close()
    expect(quota.current).toBe(2)
  })

  test('is shared by all positions that have the same quota', async () => {
    const quota = new Quota(1)
    const [first, second] = [throttled(quota), throttled(quota)]
    const [held] = ask(first, 1)
    const waiting = ask(second, 1)
    expect(through(waiting)).toEqual([])
    held?.close()
    await second.transport.settle()
    expect(through(waiting)).toEqual([0])
  })

  test('answers 503 and Retry-After for what is too much when it is told to', () => {
    const proxy = throttled(new Quota(1), { excess: 'reject' })
    const sessions = ask(proxy, 2)
    expect(errorOf(sessions[1] as Session<Variables>)).toMatchObject({
      code: 'QUEUE_FULL',
      status: 503,
      retryAfterMs: 1000,
      message: 'Cannot pass throttleConcurrency: the quota is used up',
    })
  })

  test('lets never more in than it may, and loses no place, whoever comes, leaves or breaks off', async () => {
    const quota = new Quota(3)
    const proxy = throttled(quota, { key: ($) => $.client, maxQueue: 5, timeoutMs: 400 })
    const random = seededRandom(7)
    const open: Session<Variables>[] = []
    for (let i = 0; i < 3000; i++) {
      const dice = random()
      const any = open[Math.floor(random() * open.length)]
      if (dice < 0.4) open.push(...ask(proxy, 1, random() < 0.5 ? 'a' : 'b'))
      else if (dice < 0.5) any?.feed(new StreamEnd(new Error('reset')))
      else if (dice < 0.8 && any !== undefined) open.splice(open.indexOf(any), 1)[0]?.close()
      else if (dice < 0.9) await proxy.transport.advance(random() * 100)
      else await proxy.transport.settle()
      for (const client of ['a', 'b']) {
        const inside = open.filter(({ pipeline, output }) => {
          return pipeline.context.client === client && output.some(({ type }) => type === 'MessageStart')
        })
        expect(inside.length).toBeLessThanOrEqual(3)
      }
    }
    for (const session of open) session.close()
    await proxy.transport.settle()
    const left = ['a', 'b'].map((key) => quota.take(0, { key, nowMs: 0 }))
    expect(left).toMatchObject([{ remaining: 3 }, { remaining: 3 }])
    expect([proxy.transport.timerCount, ...open.map(({ pauses }) => pauses)].every((count) => count === 0)).toBe(true)
  })

  test('asks again and again where requests cannot tell each other', async () => {
    const quota = new Quota(1)
    const proxy = throttled(quota)
    Object.assign(proxy.transport, { capabilities: { ...FULL_CAPABILITIES, sharedSockets: false } })
    const sessions = ask(proxy, 2)
    sessions[0]?.close()
    await proxy.transport.settle()
    expect(through(sessions)).toEqual([0])
    await proxy.transport.advance(60)
    expect(through(sessions)).toEqual([0, 1])
    sessions[1]?.close()
    expect(proxy.transport.timerCount).toBe(0)
  })

  test('ends all that wait when the proxy stops', async () => {
    const proxy = throttled(new Quota(1))
    const sessions = ask(proxy, 4)
    proxy.stop()
    await proxy.transport.settle()
    expect(sessions.slice(1).map(errorOf)).toMatchObject(Array.from({ length: 3 }, () => ({ code: 'SHUTTING_DOWN' })))
    expect(proxy.transport.timerCount).toBe(0)
  })

  test('refuses a quota that is filled again by itself', () => {
    const rate = new Quota(1, { perMs: 1000 })
    const text = 'the quota must have no perMs, since sessions give back what they took, got 1000'
    expect(() => throttleConcurrency(rate)).toThrow(text)
    const session = new ProxyUnderTest([throttleConcurrency(() => rate)]).open().feed('raw')
    expect(session.take()).toEqual(['close INVALID_ARGUMENT'])
  })
})
