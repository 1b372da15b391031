import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createClient } from 'redis'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { RedisQuotaStore } from '../../../adapters/redis/redis-quota-store.ts'
import type { QuotaRule } from '../../../src/algorithms/quota/quota-rule.ts'
import { Quota } from '../../../src/algorithms/quota/quota.ts'
import { quotaStoreCases } from '../../algorithms/quota/quota-store.cases.ts'
import { hasRedis, RedisServer } from './support/redis-server.ts'

vi.setConfig({ testTimeout: 30_000 })

type Client = Awaited<ReturnType<typeof connect>>

async function connect(url: string) {
  const client = createClient({ url, socket: { reconnectStrategy: 20 } })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

const RULE: QuotaRule = { limit: 5, perMs: 3_600_000, burst: 5, initial: 5, refill: 'smooth' }
const ask = (key: string, count = 1) => ({ key, rule: RULE, count, least: count, nowMs: 0 })

describe.skipIf(!hasRedis)('with a real redis-server', () => {
  quotaStoreCases('RedisQuotaStore', async () => {
    const server = await RedisServer.start()
    const client = await connect(server.url)
    const clock = await connect(server.url)
    return {
      store: new RedisQuotaStore({ client, whenAway: 'closed', timeoutMs: 10_000 }),
      now: () => performance.now(),
      // By the clock of the server, which holds back its answer for that long.
      advance: async (ms) => void (await clock.blPop('nothing', (Math.ceil(ms) + 1) / 1000)),
      stop: async () => {
        client.destroy()
        clock.destroy()
        await server.stop()
      },
    }
  })

  describe('RedisQuotaStore', () => {
    let server: RedisServer
    let client: Client
    const messages: string[] = []
    const log = {
      error: (message: string) => messages.push(message),
      info: (message: string) => messages.push(message),
    }

    beforeAll(async () => {
      server = await RedisServer.start()
      client = await connect(server.url)
    })
    afterAll(async () => {
      client?.destroy()
      await server?.stop()
    })
    afterEach(() => messages.splice(0))

    test('gives three processes together no more than one quota has', async () => {
      const children = Array.from({ length: 3 }, () => new Taker(server.url, 'together', 1000, 2000))
      await Promise.all(children.map((child) => child.written('ready')))
      for (const child of children) child.go()
      const taken = await Promise.all(children.map((child) => child.written(/taken (\d+)/)))
      expect(taken.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(1000)
    })

    test('keeps a key until it is full again and no longer', async () => {
      const store = new RedisQuotaStore({ client, prefix: 'expiry:', log })
      const rule: QuotaRule = { limit: 10, perMs: 1000, burst: 10, initial: 10, refill: 'smooth' }
      await store.take({ key: 'a', rule, count: 5, least: 5, nowMs: 0 })
      const restMs = await client.pTTL('expiry:a')
      expect(restMs).toBeGreaterThan(1000)
      expect(restMs).toBeLessThanOrEqual(2000)
      await store.take({ key: 'b', rule, count: 0, least: 0, nowMs: 0 })
      expect(await client.exists('expiry:b')).toBe(0)
    })

    test('loads its script again when Redis has lost it', async () => {
      const store = new RedisQuotaStore({ client, prefix: 'lost:', log })
      expect(await store.take(ask('a'))).toMatchObject({ taken: 1, remaining: 4 })
      await client.sendCommand(['SCRIPT', 'FLUSH'])
      expect(await store.take(ask('a'))).toMatchObject({ taken: 1, remaining: 3 })
      expect(messages).toEqual([])
    })

    test.each([
      ['open', { taken: 3, remaining: 0, retryAfterMs: 0 }, 'everything passes'],
      ['closed', { taken: 0, remaining: 0, retryAfterMs: 40 }, 'nothing passes'],
    ] as const)(
      'is %s while Redis is dead, says so once, and counts again when it is back',
      async (whenAway, grant, effect) => {
        const store = new RedisQuotaStore({ client, prefix: `${whenAway}:`, whenAway, retryMs: 40, log })
        await store.take(ask('a', 5))
        await server.stop()
        for (let i = 0; i < 20; i++) expect(await store.take(ask('a', 3))).toEqual(grant)
        await store.give(ask('a', 1))
        expect(messages).toHaveLength(1)
        expect(messages[0]).toMatch(/^Cannot count quotas in Redis: /)
        expect(messages[0]).toContain(`until it is back ${effect}`)
        expect(store.isAway).toBe(true)
        await server.start()
        // It comes back empty: 5 are there, of which one is taken each time.
        await vi.waitFor(async () => expect((await store.take(ask('back'))).remaining).toBeGreaterThan(0), 10_000)
        expect(messages.slice(1)).toEqual(['Redis is back: quotas are counted there again'])
      },
    )

    test('does not wait longer than its time for a Redis that stands still', async () => {
      const store = new RedisQuotaStore({ client, prefix: 'still:', timeoutMs: 60, retryMs: 50, log })
      await store.take(ask('a'))
      server.signal('SIGSTOP')
      try {
        const grants = await Promise.all(Array.from({ length: 50 }, () => store.take(ask('a'))))
        expect(grants.every(({ taken }) => taken === 1)).toBe(true)
        expect(messages).toHaveLength(1)
        expect(messages[0]).toContain('no answer came within 60 ms')
      } finally {
        server.signal('SIGCONT')
      }
      await vi.waitFor(async () => {
        await store.take(ask('b', 0))
        expect(store.isAway).toBe(false)
      }, 10_000)
    })

    test('cannot be asked at once', () => {
      const store = new RedisQuotaStore({ client, log })
      const quota = new Quota(1, { perMs: 1000, name: 'late', store })
      expect(() => quota.consume(1)).toThrow('its store answers later')
    })
  })
})

describe('RedisQuotaStore', () => {
  test.each([
    ['no client', { client: {} }, 'client has no sendCommand'],
    ['another policy', { whenAway: 'ajar' }, 'whenAway is "ajar", expected "open" or "closed"'],
    ['no time', { timeoutMs: 0 }, 'timeoutMs is "0", expected a number above 0'],
  ])('refuses %s', (_, options, message) => {
    const client = { isReady: false, sendCommand: () => Promise.reject(new Error('asked')) }
    expect(() => new RedisQuotaStore({ client, ...options } as never)).toThrow(message)
  })
})

/** A process that takes when it is told to. */
class Taker {
  readonly #child: ChildProcess
  #output = ''

  constructor(url: string, name: string, limit: number, count: number) {
    const file = fileURLToPath(new URL('./support/take-quota.ts', import.meta.url))
    this.#child = spawn(process.execPath, [file, url, name, String(limit), String(count)], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text
      })
    }
  }

  async written(pattern: string | RegExp): Promise<RegExpMatchArray> {
    return await vi.waitUntil(() => {
      const match = this.#output.match(pattern)
      if (match === null && this.#child.exitCode !== null) throw new Error(`It ended:\n${this.#output}`)
      return match
    }, 20_000)
  }

  go(): void {
    this.#child.stdin?.write('go\n')
  }
}
