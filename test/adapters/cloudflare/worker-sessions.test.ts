import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type StartedWorker, startWorker } from './support/start-worker.ts'

// Starting a process takes its time on a busy machine.
vi.setConfig({ testTimeout: 20_000, hookTimeout: 60_000 })

let worker: StartedWorker

beforeAll(async () => {
  worker = await startWorker({
    code: `
      import { algo, pipy, Message } from 'sluice'
      import { worker } from 'sluice/cloudflare'
      let made = 0
      const pool = new algo.ResourcePool(() => ++made)
      const proxy = pipy({ held: undefined, startedBy: '' })
        .listen(8000)
          .handleSessionStart(async (_, $) => {
            await scheduler.wait(20)
            $.held = new algo.Cache((name) => pool.allocate(name), (_, number) => pool.free(number))
          })
          .handleSessionEnd(async (_, $) => {
            await scheduler.wait(1)
            $.held.clear()
          })
          .demuxHTTP((p) => p.replaceMessage(async ({ head }, $) => {
            await scheduler.wait(1)
            if (head.path === '/fail') throw new Error('fails')
            return new Message([$.held.get('target'), pool.allocatedCount, pool.freeCount].join(' '))
          }))
      const main = worker(proxy, {
        session: {
          key: (request) => {
            if (request.url.endsWith('/throw')) throw new Error('no key')
            return request.headers.get('x-session') ?? undefined
          },
          maxSessions: 3,
        },
        routes: async (request, env, statistics) => {
          const { pathname } = new URL(request.url)
          if (pathname === '/statistics') return Response.json(statistics())
          if (pathname !== '/end') return undefined
          await main.endSessions()
          return new Response([pool.allocatedCount, pool.freeCount].join(' '))
        },
      })
      export default main
    `,
  })
})

afterAll(() => worker?.dispose())

async function ask(session: string | undefined, path = ''): Promise<string> {
  const response = await fetch(
    `${worker.url}${path}`,
    session === undefined ? {} : { headers: { 'x-session': session } },
  )
  return response.text()
}

test('worker keeps a session over its requests, whichever of them started it', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask('a')))
  expect(answers).toEqual(Array(20).fill(`1 1 0`))
  expect(await ask('b')).toBe('2 2 0')
  expect(await ask('a')).toBe('1 2 0')
})

test('worker keeps a session whose request fails', async () => {
  expect(await ask('a', 'fail')).toContain('Internal')
  expect(await ask('a')).toBe('1 2 0')
})

test('worker gives a request without a key a session of its own, and ends it', async () => {
  expect(await ask(undefined)).toBe('3 3 0')
  await expect.poll(() => ask('a')).toBe('1 2 1')
})

test('worker ends the session used least recently beyond its limit', async () => {
  await ask('c')
  await ask('d')
  // "c" has the number of the request that had no key, "d" that of "b".
  expect([await ask('c'), await ask('d'), await ask('a')]).toEqual(['3 3 0', '2 3 0', '1 3 0'])
  expect(JSON.parse(await ask(undefined, 'statistics'))).toMatchObject({ sessions: 3, inFlight: 0, dispatchers: [] })
})

test('worker answers 500 when the key function throws', async () => {
  const response = await fetch(`${worker.url}throw`)
  expect([response.status, await response.text()]).toEqual([500, 'Internal Server Error\n'])
  await expect.poll(() => worker.lines.join('\n')).toContain('no key')
})

test('worker ends all sessions when it is told to', async () => {
  expect(await ask(undefined, 'end')).toBe('0 3')
  expect(JSON.parse(await ask(undefined, 'statistics')).sessions).toBe(0)
})
