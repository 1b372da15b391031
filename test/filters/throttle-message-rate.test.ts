import { describe, expect, test } from 'vitest'
import { Quota, type QuotaOptions } from '../../src/algorithms/quota/quota.ts'
import type { QuotaStore } from '../../src/algorithms/quota/quota-store.ts'
import { Message, StreamEnd } from '../../src/events.ts'
import { MemoryQuotaStore } from '../../src/algorithms/quota/memory-quota-store.ts'
import { throttleMessageRate } from '../../src/filters/throttle-message-rate.ts'
import type { ThrottleOptions } from '../../src/filters/throttle-options.ts'
import { ProxyUnderTest, type Session } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'

filterCases('throttleMessageRate', () => throttleMessageRate(new Quota(1000, { perMs: 1000 })))
filterCases('throttleMessageRate while it waits', () => throttleMessageRate(usedUp()), {
  begin: [new Message(undefined, 'waits')],
  passes: ['raw'],
})
filterCases('throttleMessageRate with a store that answers later', () =>
  throttleMessageRate(new Quota(1000, { perMs: 1000, store: later(new MemoryQuotaStore()) })),
)

function usedUp(): Quota {
  return new Quota(1, { initial: 0 })
}

/** A store whose answers come later. */
function later(store: QuotaStore, turns = 3): QuotaStore {
  const wait = async (): Promise<void> => {
    for (let i = 0; i < turns; i++) await Promise.resolve()
  }
  return {
    isShared: false,
    take: async (request) => {
      const grant = await store.take(request)
      await wait()
      return grant
    },
    give: async (request) => await store.give(request),
    reset: async (key) => await store.reset(key),
  }
}

interface Variables {
  client?: string
  isProbe?: boolean
}

function throttled(quota: QuotaOptions, options?: ThrottleOptions<Variables>): ProxyUnderTest<Variables> {
  const filter = throttleMessageRate<Variables>(new Quota(2, { perMs: 1000, ...quota }), options)
  return new ProxyUnderTest<Variables>([filter], { variables: {} })
}

/** Opens requests, each with its number as its body. */
function ask(
  proxy: ProxyUnderTest<Variables>,
  count: number,
  variables: Variables = {},
  from = 0,
): Session<Variables>[] {
  return Array.from({ length: count }, (_, i) => {
    const session = proxy.open(true)
    Object.assign(session.pipeline.context, variables)
    return session.feed(new Message({ path: `/${from + i}` }))
  })
}

const isThrough = (session: Session<Variables>): boolean => session.output.some(({ type }) => type === 'MessageStart')
const through = (sessions: Session<Variables>[]): number[] =>
  sessions.flatMap((session, i) => (isThrough(session) ? [i] : []))
const errorOf = ({ output }: Session<Variables>): unknown => {
  const last = output.at(-1)
  return last instanceof StreamEnd ? last.error : undefined
}

describe.each([
  ['a store that answers at once', () => new MemoryQuotaStore()],
  ['a store that answers later', () => later(new MemoryQuotaStore())],
])('throttleMessageRate with %s', (_, createStore) => {
  test('passes what the quota has, and the rest in order as it comes', async () => {
    const proxy = throttled({ store: createStore() })
    const sessions = ask(proxy, 5)
    await proxy.transport.settle()
    expect(through(sessions)).toEqual([0, 1])
    expect(sessions.map(({ pauses }) => pauses)).toEqual([0, 0, 1, 1, 1])
    await proxy.transport.advance(490)
    expect(through(sessions)).toEqual([0, 1])
    await proxy.transport.advance(20)
    expect(through(sessions)).toEqual([0, 1, 2])
    await proxy.transport.advance(500)
    expect(through(sessions)).toEqual([0, 1, 2, 3])
    await proxy.transport.advance(10_000)
    expect(through(sessions)).toEqual([0, 1, 2, 3, 4])
    expect(sessions.map(({ pauses }) => pauses)).toEqual([0, 0, 0, 0, 0])
    expect(proxy.transport.timerCount).toBe(0)
  })

  test('lets nobody past those that wait', async () => {
    const proxy = throttled({ store: createStore() })
    const sessions = ask(proxy, 4)
    await proxy.transport.advance(490)
    const late = ask(proxy, 1)
    await proxy.transport.advance(20)
    expect([through(sessions), through(late)]).toEqual([[0, 1, 2], []])
    await proxy.transport.advance(1000)
    expect([through(sessions), through(late)]).toEqual([[0, 1, 2, 3], [0]])
  })

  test('never lets through more than the quota has, over ten seconds with a thousand clients', async () => {
    const proxy = throttled({ burst: 10, store: createStore() }, { maxQueue: 10_000, timeoutMs: 0 })
    const sessions: Session<Variables>[] = []
    for (let ms = 0; ms < 10_000; ms += 250) {
      sessions.push(...ask(proxy, 25))
      await proxy.transport.advance(250)
      expect(through(sessions).length).toBeLessThanOrEqual(10 + Math.floor((2 * (ms + 250)) / 1000))
    }
    // In order, and none of the twenty is lost that came in ten seconds.
    expect(through(sessions)).toEqual(Array.from({ length: 30 }, (_, i) => i))
    for (const session of sessions) session.close()
    expect(proxy.transport.timerCount).toBe(0)
  })

  test('refuses at once when it is told to', async () => {
    const proxy = throttled({ store: createStore() }, { excess: 'reject' })
    const sessions = ask(proxy, 4)
    await proxy.transport.settle()
    expect(through(sessions)).toEqual([0, 1])
    for (const session of sessions.slice(2)) {
      expect(errorOf(session)).toMatchObject({ code: 'QUOTA_EXCEEDED', status: 429, retryAfterMs: 500 })
      expect(session.output).toHaveLength(1)
      expect(session.pauses).toBe(0)
    }
    for (const session of sessions) session.close()
    expect(proxy.transport.timerCount).toBe(0)
    await proxy.transport.advance(500)
    const further = ask(proxy, 1)
    await proxy.transport.settle()
    expect(through(further)).toEqual([0])
    expect(proxy.log.entries).toEqual([])
  })

  test('refuses what would wait beyond maxQueue, and tells when to come again', async () => {
    const proxy = throttled({ store: createStore() }, { maxQueue: 2 })
    const sessions = ask(proxy, 6)
    await proxy.transport.settle()
    const refused = sessions.map(errorOf)
    expect(refused.map((error) => (error as { code?: string } | undefined)?.code)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      'QUOTA_EXCEEDED',
      'QUOTA_EXCEEDED',
    ])
    await proxy.transport.advance(1100)
    expect(through(sessions)).toEqual([0, 1, 2, 3])
  })

  test('refuses what has waited too long', async () => {
    const proxy = throttled({ store: createStore() }, { timeoutMs: 300, status: 503 })
    const sessions = ask(proxy, 3)
    await proxy.transport.advance(299)
    expect(errorOf(sessions[2] as Session<Variables>)).toBeUndefined()
    await proxy.transport.advance(2)
    expect(errorOf(sessions[2] as Session<Variables>)).toMatchObject({ code: 'QUEUE_TIMEOUT', status: 503 })
    expect(proxy.transport.timerCount).toBe(0)
    // What nobody waits for any more is there for the next.
    await proxy.transport.advance(300)
    const next = ask(proxy, 1)
    await proxy.transport.settle()
    expect(through(next)).toEqual([0])
  })

  test('gives the place of a client that left to the next', async () => {
    const proxy = throttled({ store: createStore() })
    const sessions = ask(proxy, 5)
    await proxy.transport.settle()
    sessions[2]?.close()
    sessions[3]?.feed(new StreamEnd(new Error('reset')))
    await proxy.transport.settle()
    expect(sessions[3]?.take()).toEqual(['close Error: reset'])
    await proxy.transport.advance(510)
    expect(through(sessions)).toEqual([0, 1, 4])
    expect(sessions.map(({ pauses }) => pauses)).toEqual([0, 0, 0, 0, 0])
    expect(proxy.transport.timerCount).toBe(0)
  })

  test('gives back what came for a client that left in that very moment', async () => {
    const store = createStore()
    const quota = new Quota(2, { perMs: 1000, store })
    const proxy = new ProxyUnderTest<Variables>([throttleMessageRate<Variables>(quota)], { variables: {} })
    const sessions = ask(proxy, 3)
    await proxy.transport.settle()
    const produced = quota.produce(1, '', 0)
    // Its turn has come, and nobody has told it yet.
    sessions[2]?.close()
    await produced
    await proxy.transport.settle()
    expect((await quota.take(0, { nowMs: 0 })).remaining).toBe(1)
    expect(proxy.transport.timerCount).toBe(0)
  })

  test('lets the higher priority go first, and sends the last of the lowest away when the queue is full', async () => {
    const options: ThrottleOptions<Variables> = { priority: ($) => ($.isProbe === true ? 1 : 0), maxQueue: 3 }
    const proxy = throttled({ store: createStore() }, options)
    const sessions = ask(proxy, 5)
    await proxy.transport.settle()
    const probes = ask(proxy, 2, { isProbe: true })
    await proxy.transport.settle()
    expect(sessions.map((session) => errorOf(session) !== undefined)).toEqual([false, false, false, true, true])
    await proxy.transport.advance(510)
    expect([through(probes), through(sessions)]).toEqual([[0], [0, 1]])
    await proxy.transport.advance(500)
    expect([through(probes), through(sessions)]).toEqual([
      [0, 1],
      [0, 1],
    ])
    await proxy.transport.advance(500)
    expect([through(probes), through(sessions)]).toEqual([
      [0, 1],
      [0, 1, 2],
    ])
  })

  test('counts each key by itself', async () => {
    const proxy = throttled({ store: createStore() }, { key: ($) => $.client, excess: 'reject' })
    const first = ask(proxy, 3, { client: 'a' })
    const second = ask(proxy, 3, { client: 'b' })
    await proxy.transport.settle()
    expect([through(first), through(second)]).toEqual([
      [0, 1],
      [0, 1],
    ])
  })

  test('ends all that wait, and its timers, when the proxy stops', async () => {
    const proxy = throttled({ store: createStore() })
    const sessions = ask(proxy, 20)
    await proxy.transport.settle()
    proxy.stop()
    await proxy.transport.settle()
    expect(proxy.transport.timerCount).toBe(0)
    for (const session of sessions.slice(2)) {
      expect([errorOf(session), session.pauses]).toMatchObject([{ code: 'SHUTTING_DOWN', status: 503 }, 0])
    }
    await proxy.transport.advance(60_000)
    expect(through(sessions)).toEqual([0, 1])
  })
})

describe('throttleMessageRate', () => {
  test('asks a store that answers later one question at a time, for all that wait', async () => {
    const counts: number[] = []
    const memory = new MemoryQuotaStore()
    const store: QuotaStore = {
      isShared: false,
      take: async (request) => {
        counts.push(request.count)
        return memory.take(request)
      },
      give: (request) => memory.give(request),
      reset: (key) => memory.reset(key),
    }
    const proxy = throttled({ burst: 100, store })
    const sessions = ask(proxy, 50)
    await proxy.transport.settle()
    expect([through(sessions).length, counts]).toEqual([50, [1, 49]])
  })

  test('ends what waits with the error of a store that fails', async () => {
    const store: QuotaStore = {
      isShared: false,
      take: () => Promise.reject(new Error('lost')),
      give: () => undefined,
      reset: () => undefined,
    }
    const proxy = throttled({ store })
    const sessions = ask(proxy, 3)
    await proxy.transport.settle()
    for (const session of sessions) expect(errorOf(session)).toMatchObject({ code: 'CALLBACK_FAILED' })
    expect(proxy.transport.timerCount).toBe(0)
  })

  test('takes the quota from a function, which may be asynchronous, and for nothing sets no limit', async () => {
    const quotas = new Map([['a', new Quota(1, { perMs: 1000 })]])
    const filter = throttleMessageRate<Variables>(async ($) => quotas.get($.client ?? ''), { excess: 'reject' })
    const proxy = new ProxyUnderTest<Variables>([filter], { variables: {} })
    const limited = ask(proxy, 3, { client: 'a' })
    const free = ask(proxy, 3, { client: 'b' })
    await proxy.transport.settle()
    expect([through(limited), through(free)]).toEqual([[0], [0, 1, 2]])
  })

  test('throttles each message of a session that has many', async () => {
    const proxy = throttled({})
    const session = proxy.open().feed(new Message('a'), new Message('b'), new Message('c'), new Message('d'))
    expect(session.take()).toHaveLength(6)
    await proxy.transport.advance(510)
    expect(await session.settle()).toHaveLength(3)
    await proxy.transport.advance(510)
    expect(await session.settle()).toHaveLength(3)
    expect(session.pauses).toBe(0)
  })

  test.each([
    ['what is no quota', () => 5 as never, 'the quota is "5", expected an algo.Quota or nothing'],
    [
      'what throws',
      () => {
        throw new Error('no')
      },
      'no',
    ],
  ])('ends the session when its function gives %s', async (_, quota, message) => {
    const proxy = new ProxyUnderTest<Variables>([throttleMessageRate<Variables>(quota)], { variables: {} })
    const [session] = ask(proxy, 1)
    expect(String(errorOf(session as Session<Variables>))).toContain(message)
  })

  test('refuses what it cannot use', () => {
    const quota = new Quota(1)
    expect(() => throttleMessageRate(5 as never)).toThrow(
      'the quota must be an algo.Quota or a function that gives one, got 5',
    )
    expect(() => throttleMessageRate(quota, { excess: 'drop' as never })).toThrow('excess must be "queue" or "reject"')
    expect(() => throttleMessageRate(quota, { maxQueue: -1 })).toThrow('maxQueue must be a number from 0 up, got -1')
    expect(() => throttleMessageRate(quota, { timeoutMs: -1 })).toThrow('timeoutMs must be a number from 0 up')
    expect(() => throttleMessageRate(quota, { status: 500 as never })).toThrow('status must be 429 or 503, got 500')
  })
})
