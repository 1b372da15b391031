import { algo, Message, pipy } from 'sluice'
import { beforeEach, describe, expect, test } from 'vitest'
import { KeptSessions } from '../../src/engine/kept-sessions.ts'
import type { ProxyDefinition } from '../../src/engine/proxy-definition.ts'
import { byteTranslation } from '../../src/fetch/byte-translation.ts'
import { fetchHandler } from '../../src/fetch/fetch-handler.ts'
import { LIMITS } from '../../src/limits.ts'
import { PlayedTransport } from '../engine/played-transport.ts'

let transport: PlayedTransport
let errors: string[]
let endings: Promise<void>[]

const log = {
  error: (message: string) => errors.push(message),
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
}

beforeEach(() => {
  transport = new PlayedTransport()
  errors = []
  endings = []
})

/** A proxy whose requests say in `x-session` to which session they belong. */
function keep<V extends object>(
  definition: ProxyDefinition<V>,
  limits: { maxSessions?: number; maxIdleMs?: number } = {},
) {
  const handle = fetchHandler(definition, { transport, log, isIsolated: true, bytes: byteTranslation })
  const sessions = new KeptSessions<V>({
    ...limits,
    now: () => transport.now(),
    log,
    onEnding: (ending) => endings.push(ending),
  })
  const send = async (key: string, signal?: AbortSignal): Promise<Response> => {
    const session = sessions.visit(key, () => ({ ...definition.variables }))
    const request = new Request(`http://example.org/${key}`, signal === undefined ? {} : { signal })
    return handle(request, {
      session,
      onClose: (ending) => {
        if (ending !== undefined) endings.push(ending)
      },
    })
  }
  const ask = async (key: string): Promise<string> => (await send(key)).text()
  return { sessions, send, ask }
}

/** Lets promises that are settled have their consequences. */
async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve()
}

/** Counts starts and ends, and answers with the number of its session. */
function countedProxy() {
  const starts: number[] = []
  const ends: number[] = []
  const proxy = pipy({ number: 0 })
    .listen(1)
    .handleSessionStart((_, $) => {
      $.number = starts.length + 1
      starts.push($.number)
    })
    .handleSessionEnd((_, $) => ends.push($.number))
    .demuxHTTP((p) => p.replaceMessage((_, $) => new Message(String($.number))))
  return { proxy, starts, ends }
}

test('handleSessionStart is called once in a session that several requests belong to', async () => {
  const { proxy, starts, ends } = countedProxy()
  const { ask } = keep(proxy)
  expect([await ask('a'), await ask('b'), await ask('a'), await ask('b')]).toEqual(['1', '2', '1', '2'])
  expect(starts).toEqual([1, 2])
  expect(ends).toEqual([])
})

test('handleSessionStart and handleSessionEnd are called for each request without a kept session', async () => {
  const { proxy, starts, ends } = countedProxy()
  const handle = fetchHandler(proxy, { transport, log, isIsolated: true, bytes: byteTranslation })
  for (const _ of [1, 2]) await (await handle(new Request('http://example.org/'))).text()
  await settle()
  expect(starts).toEqual([1, 2])
  expect(ends).toEqual([1, 2])
})

test('handleSessionStart and handleSessionEnd inside demuxHTTP are called for each message of a kept session', async () => {
  const seen: string[] = []
  const proxy = pipy({ path: '' })
    .listen(1)
    .demuxHTTP((p) =>
      p
        .handleMessageStart(({ head }, $) => {
          $.path = head.path ?? ''
        })
        .handleSessionStart(() => seen.push('start'))
        .handleSessionEnd(() => seen.push('end'))
        .replaceMessage(new Message('answer')),
    )
  const { ask } = keep(proxy)
  await ask('a')
  await ask('a')
  await settle()
  expect(seen).toEqual(['start', 'end', 'start', 'end'])
})

test('a request changes no variable of its session inside demuxHTTP, and those in front of it do', async () => {
  const proxy = pipy({ inside: 0, outside: 0 })
    .listen(1)
    .handleData((data, $) => {
      if (data.size > 0) $.outside++
    })
    .demuxHTTP((p) =>
      p.replaceMessage((_, $) => {
        $.inside++
        return new Message(`${$.inside} ${$.outside}`)
      }),
    )
  const { ask } = keep(proxy)
  expect([await ask('a'), await ask('a'), await ask('b')]).toEqual(['1 1', '1 2', '1 1'])
})

test('__inbound is that of each request', async () => {
  const ids = new Set<number | undefined>()
  const proxy = pipy({})
    .listen(1)
    .demuxHTTP((p) =>
      p.replaceMessage((_, $) => {
        ids.add($.__inbound?.id)
        return new Message('answer')
      }),
    )
  const { ask } = keep(proxy)
  await ask('a')
  await ask('a')
  expect(ids.size).toBe(2)
})

test('sessions never see the variables of others, with 1,000 requests at once', async () => {
  const pool = new algo.ResourcePool<number, string>(() => ++made)
  let made = 0
  const proxy = pipy({ held: undefined as algo.Cache<string, number> | undefined })
    .listen(1)
    .handleSessionStart((_, $) => {
      $.held = new algo.Cache(
        (key) => pool.allocate(key),
        (_key, number) => pool.free(number),
      )
    })
    .handleSessionEnd((_, $) => $.held?.clear())
    .demuxHTTP((p) =>
      p.replaceMessage(async (_, $) => {
        await Promise.resolve()
        return new Message(String($.held?.get('target')))
      }),
    )
  const { sessions, ask } = keep(proxy)
  const keys = Array.from({ length: 1000 }, (_, i) => `session-${i % 100}`)
  const answers = await Promise.all(keys.map(async (key) => [key, await ask(key)] as const))
  const numbers = new Map<string, Set<string>>()
  for (const [key, number] of answers) numbers.set(key, (numbers.get(key) ?? new Set()).add(number))
  expect(numbers.size).toBe(100)
  for (const set of numbers.values()) expect(set.size).toBe(1)
  expect(new Set([...numbers.values()].flatMap((set) => [...set])).size).toBe(100)
  expect([pool.allocatedCount, pool.freeCount]).toEqual([100, 0])
  await settle()
  sessions.end()
  expect([pool.allocatedCount, pool.freeCount]).toEqual([0, 100])
})

describe('KeptSessions', () => {
  test('drops a session that has been idle for the time, when the next request of any session comes', async () => {
    const { proxy, ends } = countedProxy()
    const { sessions, ask } = keep(proxy, { maxIdleMs: 1000 })
    await ask('a')
    transport.advance(600)
    await ask('b')
    transport.advance(399)
    expect(await ask('c')).toBe('3')
    expect(ends).toEqual([])
    transport.advance(1)
    expect(await ask('c')).toBe('3')
    expect(ends).toEqual([1])
    expect(sessions.count).toBe(2)
    expect(await ask('a')).toBe('4')
  })

  test('counts the time from the last request of a session', async () => {
    const { proxy, ends } = countedProxy()
    const { ask } = keep(proxy, { maxIdleMs: 1000 })
    for (let i = 0; i < 5; i++) {
      expect(await ask('a')).toBe('1')
      await settle()
      transport.advance(900)
    }
    expect(ends).toEqual([])
  })

  test('drops the session used least recently beyond its limit', async () => {
    const { proxy, ends } = countedProxy()
    const { sessions, ask } = keep(proxy, { maxSessions: 2 })
    for (const key of ['a', 'b', 'a', 'c']) await ask(key)
    expect(ends).toEqual([2])
    expect(sessions.count).toBe(2)
    expect([await ask('a'), await ask('c'), await ask('b')]).toEqual(['1', '3', '4'])
  })

  test('ends a session that it drops in use when its last request is over, once', async () => {
    const ends: string[] = []
    const waiting = new Map<string, () => void>()
    const proxy = pipy({ name: '' })
      .listen(1)
      .handleSessionStart((_, $) => {
        $.name = `session ${$.__inbound?.id}`
      })
      .handleSessionEnd((_, $) => ends.push($.name))
      .demuxHTTP((p) =>
        p.replaceMessage(async ({ head }, $) => {
          await new Promise<void>((resolve) => waiting.set(head.path ?? '', resolve))
          return new Message($.name)
        }),
      )
    const { sessions, ask } = keep(proxy, { maxSessions: 1 })
    const first = ask('a')
    const second = ask('b')
    const third = ask('a')
    await settle()
    expect(sessions.count).toBe(1)
    expect(ends).toEqual([])
    waiting.get('/a')?.()
    const name = await third
    await settle()
    expect(ends).toEqual([])
    waiting.get('/b')?.()
    const other = await second
    await settle()
    expect(other).not.toBe(name)
    expect(ends).toEqual([other])
    sessions.end()
    expect(ends).toEqual([other, name])
    sessions.end()
    expect(ends.length).toBe(2)
    void first.catch(() => undefined)
  })

  test('keeps a session whose request fails or is given up', async () => {
    const { proxy, ends } = countedProxy()
    const failing = pipy({ ...proxy.variables, isFailing: false })
    const { ask, send } = keep(
      failing
        .listen(1)
        .handleSessionEnd(() => ends.push(1))
        .demuxHTTP((p) =>
          p.replaceMessage(({ head }) => {
            if (head.path === '/a') throw new Error('fails')
            return new Promise<Message>(() => undefined)
          }),
        ),
    )
    const response = await send('a')
    expect(response.status).toBe(500)
    await response.text()
    const abort = new AbortController()
    const given = send('b', abort.signal)
    await settle()
    abort.abort()
    await expect(given).rejects.toMatchObject({ code: 'CLIENT_ABORTED' })
    await settle()
    expect((await send('a')).status).toBe(500)
    expect(ends).toEqual([])
    void ask
  })

  test('tells of ends that take their time, and logs those that fail', async () => {
    let end: (() => void) | undefined
    const proxy = pipy({})
      .listen(1)
      .handleSessionEnd(() => new Promise<void>((resolve) => (end = resolve)))
      .handleSessionEnd(() => {
        throw new Error('no end')
      })
      .demuxHTTP((p) => p.replaceMessage(new Message('answer')))
    const { sessions, ask } = keep(proxy)
    await ask('a')
    await settle()
    sessions.end()
    expect(errors).toEqual([expect.stringContaining('no end')])
    expect(endings.length).toBe(1)
    end?.()
    await endings[0]
  })

  test.each([
    ['maxSessions', 0],
    ['maxIdleMs', Number.NaN],
    ['maxSessions', -1],
  ])('refuses %s %s', (name, value) => {
    expect(() => new KeptSessions({ [name]: value, now: () => 0, log })).toThrow(`Cannot keep sessions: ${name}`)
  })
})

describe('an async handleSessionStart of a kept session', () => {
  function startedLater() {
    const starts: { resolve: () => void; reject: (error: Error) => void }[] = []
    const proxy = pipy({ value: 'none' })
      .listen(1)
      .handleSessionStart(async (_, $) => {
        await new Promise<void>((resolve, reject) => starts.push({ resolve, reject }))
        $.value = `started by ${starts.length}`
      })
      .demuxHTTP((p) => p.replaceMessage((_, $) => new Message($.value)))
    return { proxy, starts }
  }

  /** Lets virtual time pass, with what waits for promises in between. */
  async function pass(timeMs: number): Promise<void> {
    for (let passed = 0; passed < timeMs; passed += 10) {
      transport.advance(10)
      await settle()
    }
  }

  test('is waited for by the requests that come meanwhile', async () => {
    const { proxy, starts } = startedLater()
    const { ask } = keep(proxy)
    const answers = Promise.all([ask('a'), ask('a'), ask('a')])
    await pass(500)
    expect(starts.length).toBe(1)
    starts[0]?.resolve()
    await pass(100)
    expect(await answers).toEqual(Array(3).fill('started by 1'))
  })

  test('is begun anew by the next request when it fails', async () => {
    const { proxy, starts } = startedLater()
    const { send, ask } = keep(proxy)
    const first = send('a')
    const second = ask('a')
    await settle()
    starts[0]?.reject(new Error('no start'))
    await expect(first).rejects.toMatchObject({ code: 'CALLBACK_FAILED', status: 500 })
    await pass(100)
    expect(starts.length).toBe(2)
    starts[1]?.resolve()
    await settle()
    expect(await second).toBe('started by 2')
  })

  test('is begun anew by the next request when its own is given up', async () => {
    const { proxy, starts } = startedLater()
    const { send, ask } = keep(proxy)
    const abort = new AbortController()
    const first = send('a', abort.signal)
    await settle()
    const second = ask('a')
    abort.abort()
    await expect(first).rejects.toMatchObject({ code: 'CLIENT_ABORTED' })
    await pass(100)
    starts[1]?.resolve()
    await settle()
    expect(await second).toBe('started by 2')
  })

  test('is waited for no longer than the limit', async () => {
    const { proxy } = startedLater()
    const { send } = keep(proxy)
    const abort = new AbortController()
    const first = send('a', abort.signal)
    first.catch(() => undefined)
    const second = send('a')
    second.catch(() => undefined)
    await settle()
    await pass(LIMITS.queueTimeoutMs + 200)
    await expect(second).rejects.toMatchObject({ code: 'QUEUE_TIMEOUT' })
    expect(errors).toEqual([expect.stringContaining('another request has been at handleSessionStart')])
    abort.abort()
    await settle()
    expect(transport.timerCount).toBe(0)
  })
})
