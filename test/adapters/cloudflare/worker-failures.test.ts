import { request } from 'node:http'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type StartedWorker, startWorker } from './support/start-worker.ts'

// Starting a process takes its time on a busy machine.
vi.setConfig({ testTimeout: 20_000, hookTimeout: 60_000 })

let worker: StartedWorker

/** Proxies that cannot be built, with a piece of the reason. */
const UNBUILT: Readonly<Record<string, readonly [code: string, reason: string]>> = {
  throws: ["() => { throw new Error('ROUTES is no JSON') }", 'ROUTES is no JSON'],
  nothing: ['() => undefined', 'Cannot make a Worker of undefined'],
  nowhere: ["pipy().listen(1).demuxHTTP('nowhere')", 'Cannot find pipeline "nowhere"'],
  listenless: ['pipy()', 'it listens nowhere'],
  otherPort: ['answering, { port: 2 }', 'it listens on 1'],
  raw: ["pipy().listen(1).connect('127.0.0.1:1')", 'use demuxHTTP in front of connect'],
  task: ['pipy().task(1000).dummy().listen(1).demuxHTTP((p) => p.dummy())', 'which lacks "background"'],
  noLimit: ["answering, { session: { key: () => '', maxSessions: 0 } }", 'maxSessions is 0'],
}

beforeAll(async () => {
  worker = await startWorker({
    code: `
      import { pipy, Message } from 'sluice'
      import { worker } from 'sluice/cloudflare'
      const answering = pipy().listen(1).demuxHTTP((p) => p.replaceMessage(new Message('answer')))
      const failing = pipy({ path: '' })
        .listen(1)
          .demuxHTTP('request')
        .pipeline('request')
          .handleMessageStart(({ head }, $) => {
            $.path = head.path
            if (head.path === '/failing/throws') throw new Error('thrown')
          })
          .link(
            'status', ($) => $.path === '/failing/status',
            'switches', ($) => $.path === '/failing/switches',
            'other')
        .pipeline('status')
          .replaceMessage(new Message({ status: 999 }, 'what'))
        .pipeline('switches')
          .replaceMessage(() => new Message({ status: 101 }))
        .pipeline('other')
          .replaceMessage(() => 'no message')
      const unstarted = (start) => pipy().listen(1).handleSessionStart(start).demuxHTTP((p) => p.replaceMessage(new Message('answer')))
      const workers = {
        'no-start': worker(unstarted(() => { throw new Error('no start') })),
        'no-async-start': worker(unstarted(async () => { throw new Error('no async start') })),
        'no-kept-start': worker(unstarted(() => { throw new Error('no kept start') }), { session: { key: () => 'one' } }),
        answering: worker(answering),
        failing: worker(failing, {
          routes: (request) => { if (request.url.endsWith('/routes')) throw new Error('no routes') },
        }),
        ${Object.entries(UNBUILT)
          .map(([name, [code]]) => `${name}: worker(${code}),`)
          .join('\n')}
      }
      export default {
        fetch: (request, env, context) => workers[new URL(request.url).pathname.split('/')[1]].fetch(request, env, context),
      }
    `,
  })
})

afterAll(() => worker?.dispose())

test.each(Object.entries(UNBUILT))(
  'worker answers 500 with the reason to each request of a proxy that cannot be built: %s',
  async (name, [, reason]) => {
    for (let i = 0; i < 3; i++) {
      const response = await fetch(`${worker.url}${name}`)
      expect(response.status).toBe(500)
      expect(await response.text()).toContain(reason)
    }
    await expect.poll(() => worker.lines.filter((line) => line.includes(reason)).length).toBe(1)
  },
)

test.each(['no-start', 'no-async-start', 'no-kept-start'])(
  'worker answers 500 when handleSessionStart throws, each time: %s',
  async (path) => {
    for (let i = 0; i < 3; i++) {
      const response = await fetch(`${worker.url}${path}`)
      expect([response.status, await response.text()]).toEqual([500, 'Internal Server Error\n'])
    }
    await expect.poll(() => worker.lines.some((line) => line.includes(path.replaceAll('-', ' ')))).toBe(true)
  },
)

test.each(['throws', 'status', 'switches', 'other', 'routes'])('worker answers 500 when %s fails', async (path) => {
  for (let i = 0; i < 3; i++) {
    const response = await fetch(`${worker.url}failing/${path}`)
    expect(response.status).toBe(500)
    expect((await response.text()).length).toBeLessThan(100)
  }
})

test.each([
  ['a field that is no ISO 8859-1', { headers: { 'x-name': Buffer.from('ü€').toString('latin1') } }],
  ['a head that is too long', { headers: { 'x-long': 'x'.repeat(30_000) } }],
  ['a method that no proxy passes', { method: 'TRACE' }],
])('worker answers %s', async (_, init) => {
  const status = await new Promise<number>((resolve, reject) => {
    request(`${worker.url}answering`, init, (response) => resolve(response.resume().statusCode ?? 0))
      .on('error', reject)
      .end()
  })
  expect(status).toSatisfy((value: number) => value === 200 || (value >= 400 && value < 502))
})

test('worker logs each failure once, and none reaches the platform', async () => {
  for (const text of ['no routes', 'thrown']) {
    await expect.poll(() => worker.lines.filter((line) => line.includes(text)).length).toBe(1)
  }
  expect(worker.lines.filter((line) => line.includes('Uncaught'))).toEqual([])
})
