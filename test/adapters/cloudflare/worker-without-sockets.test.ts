import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { ask } from './support/ask.ts'
import { type StartedWorker, startWorker } from './support/start-worker.ts'

const LARGE = Buffer.alloc(300_000, 'large ')

let upstream: Server
let worker: StartedWorker
vi.setConfig({ testTimeout: 20_000, hookTimeout: 60_000 })

beforeAll(async () => {
  upstream = createServer((request, response) => {
    if (request.url === '/large') return void response.end(LARGE)
    if (request.url === '/chunks') {
      response.write('one,')
      return void response.end('two')
    }
    response.setHeader('x-length', request.headers['content-length'] ?? 'none')
    request.pipe(response)
  })
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  const { port } = upstream.address() as AddressInfo
  worker = await startWorker({
    vars: { PORT: port },
    code: `
      import { pipy } from 'sluice'
      import { worker } from 'sluice/cloudflare'
      const ends = []
      const to = (scheme) => (env) => pipy({ bytes: 0 })
        .listen(1)
          .handleSessionEnd(() => void ends.push('end'))
          .demuxHTTP('request')
        .pipeline('request')
          .muxHTTP('connection')
        .pipeline('connection')
          .connect(scheme + '://127.0.0.1:' + env.PORT)
      const reading = (env) => pipy({ bytes: 0 })
        .listen(1)
          .demuxHTTP('request')
        .pipeline('request')
          .handleData((data, $) => void ($.bytes += data.size))
          .muxHTTP('connection')
          .replaceMessageStart((start, $) => { start.head.headers['x-sent'] = String($.bytes); return start })
        .pipeline('connection')
          .connect('http://127.0.0.1:' + env.PORT)
      const workers = {
        fetch: worker(to('http')),
        tcp: worker(to('tcp')),
        reading: worker(reading),
        dumping: worker(() => pipy().listen(1).dump().demuxHTTP((p) => p.dummy())),
        below: worker((env) => pipy().listen(1).demuxHTTP((p) => p.muxHTTP((p) => p.dump().connect('http://127.0.0.1:' + env.PORT)))),
      }
      export default {
        fetch(request, env, context) {
          const url = new URL(request.url)
          if (url.pathname === '/ends') return new Response(String(ends.length))
          const [, name, ...path] = url.pathname.split('/')
          url.pathname = path.join('/')
          return workers[name].fetch(new Request(url, request), env, context)
        },
      }
    `,
  })
})

afterAll(async () => {
  await worker?.dispose()
  upstream.closeAllConnections()
  await new Promise((resolve) => upstream.close(resolve))
})

describe('a Worker without sockets', () => {
  test.each(['fetch', 'reading'])('passes bodies of all kinds on, whoever looks at them: %s', async (name) => {
    expect((await ask(worker.port, { path: `/${name}/large` })).body.equals(LARGE)).toBe(true)
    expect((await ask(worker.port, { path: `/${name}/chunks` })).body.toString()).toBe('one,two')
    for (const body of [Buffer.from('short'), LARGE]) {
      const answer = await ask(worker.port, { path: `/${name}/echo`, method: 'POST', body })
      expect([answer.body.equals(body), answer.headers['x-length']]).toEqual([true, String(body.length)])
    }
  })

  test('shows bodies to a filter that looks at them', async () => {
    const { headers } = await ask(worker.port, { path: '/reading/echo', method: 'POST', body: LARGE })
    expect(Number(headers['x-sent'])).toBeGreaterThan(0)
  })

  test('ends the session of each request when its body has passed', async () => {
    const before = Number((await ask(worker.port, { path: '/ends' })).body)
    await ask(worker.port, { path: '/fetch/large' })
    await expect.poll(async () => Number((await ask(worker.port, { path: '/ends' })).body)).toBe(before + 1)
  })

  test('refuses a target that takes a socket, and says what to do', async () => {
    const { status } = await ask(worker.port, { path: '/tcp/x' })
    expect(status).toBe(502)
    expect(worker.lines.join('\n')).toContain('this Worker has no sockets; import sockets from "sluice/cloudflare"')
  })

  test.each([
    ['dumping', 'Cannot use dump in listen 1 on cloudflare: bytes pass there'],
    ['below', 'Cannot use muxHTTP in'],
  ])('refuses filters that look at bytes: %s', async (name, text) => {
    const { status, body } = await ask(worker.port, { path: `/${name}/x` })
    expect([status, body.toString()]).toEqual([500, expect.stringContaining(text)])
    expect(body.toString()).toContain('worker(proxy, { sockets })')
  })
})
