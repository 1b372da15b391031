/** What a proxy inside a framework's application does, whatever the framework and wherever it runs. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findClosedAddress } from '../end-to-end/support/closed-address.ts'
import { type AskOptions, headOf, readAnswer, TestClient } from '../runtimes/support/test-client.ts'
import { TestUpstream } from '../runtimes/support/test-upstream.ts'
import { APPLICATION_RUNTIMES, REGION, type StartedApplication } from './support/application-runtimes.ts'

const MIB = 1024 * 1024
const START_TIMEOUT_MS = 10_000
/** Each byte differs from its neighbours, so that nothing can be lost or doubled unseen. */
const LARGE_BODY = Buffer.from(Uint8Array.from({ length: MIB }, (_, i) => (i * 7 + (i >> 8)) & 0xff))
const GZIPPED = gzipSync('compressed')

/**
 * @param framework its name
 * @param application the path of its application, from the project's folder
 */
export function describeFramework(framework: string, application: string): void {
  describe.each(APPLICATION_RUNTIMES)(
    `a proxy in an application of ${framework} under $name`,
    { timeout: START_TIMEOUT_MS },
    ({ start, sharesConnections, isFullDuplex, keepsBytes, tellsClient, hasBindings }) => {
      let started: StartedApplication
      let upstream: TestUpstream
      let client: TestClient
      let exchanges: { readonly request: IncomingMessage; readonly response: ServerResponse }[]
      let wake: () => void

      const ask = (path: string, options?: AskOptions) => client.ask(path, [upstream.address], options)

      /** The latest exchange that came to the upstream, which the test answers. */
      const reached = async (count = 1) => {
        while (exchanges.length < count) await new Promise<void>((resolve) => (wake = resolve))
        return exchanges.at(-1) as (typeof exchanges)[number]
      }

      beforeAll(async () => {
        started = await start(application)
      }, START_TIMEOUT_MS)
      afterAll(() => started?.stop())

      beforeEach(async () => {
        exchanges = []
        upstream = await TestUpstream.http((request, response) => {
          exchanges.push({ request, response })
          wake?.()
          respond(request, response)
        })
        client = new TestClient(started.port, (address) => address)
      })
      afterEach(async () => {
        client.stop()
        await upstream.stop()
        expect(started.output()).not.toMatch(/unhandled|uncaught/i)
      })

      test('answers beside the routes of the application', async () => {
        expect(await ask('/own')).toMatchObject({ status: 200, text: 'own' })
        expect(await ask('/at/a?b=%20c')).toMatchObject({ status: 200, text: 'GET /at/a?b=%20c' })
        expect(await ask('/elsewhere')).toMatchObject({ status: 404 })
        expect(exchanges).toHaveLength(1)
      })

      test('gets the path without the prefix, whatever comes behind that', async () => {
        expect((await ask('/base/api/at/a?b=%20c')).text).toBe('GET /at/a?b=%20c')
        expect(await ask('/base/api/at//b')).toMatchObject({ text: 'GET /at//b' })
        expect(await ask('/base/api//at/b')).toMatchObject({ status: 404, text: 'No route' })
        expect(await ask('/base/api')).toMatchObject({ status: 404, text: 'No route' })
      })

      test('gets variables from the application, each request its own', async () => {
        const names = Array.from({ length: 20 }, (_, i) => `user ${i}`)
        const clients = names.map((name) => ({ name, one: new TestClient(started.port, (address) => address) }))
        try {
          const answers = await Promise.all(
            clients.map(({ name, one }) =>
              one.ask('/base/api/at/user', [upstream.address], { headers: { 'x-user': name } }),
            ),
          )
          expect(answers.map((answer) => answer.headers['x-got-user'])).toEqual(names)
          expect(answers[0]?.headers['x-got-region']).toBe(hasBindings ? REGION : 'none')
        } finally {
          for (const { one } of clients) one.stop()
        }
        expect((await ask('/at/user')).headers['x-got-user']).toBe('nobody')
      })

      test('lets middleware of the application add to its answers', async () => {
        expect(await ask('/base/api/at/a')).toMatchObject({ status: 200, headers: { 'x-application': 'seen' } })
      })

      test('sends on who the client is, where the server tells', async () => {
        const { headers } = await ask('/at/client')
        if (tellsClient) expect(headers['x-got-forwarded-for']).toBe('127.0.0.1')
        expect(headers['x-got-forwarded-host']).toBe(`127.0.0.1:${started.port}`)
      })

      const expectEcho = async (path: string) => {
        const { status, body } = await ask(path, { method: 'POST', body: LARGE_BODY })
        expect(status).toBe(200)
        expect(body.equals(LARGE_BODY)).toBe(true)
      }

      test.each(['/at/collected', '/base/api/at/collected'])('passes 1 MiB there, then back, at %s', expectEcho)

      test.skipIf(!isFullDuplex).each(['/at/echo', '/base/api/at/echo', '/inner/echo'])(
        'passes 1 MiB both ways at once at %s',
        expectEcho,
      )

      test('passes a request on while it still comes, and an answer too', async () => {
        const message = client.open('/base/api/at/held', [upstream.address], { method: 'POST' })
        message.write('one')
        const { request, response } = await reached()
        expect(String((await once(request, 'data'))[0])).toBe('one')
        message.end('two')
        expect(String((await once(request, 'data'))[0])).toBe('two')
        response.write('three')
        const answer = await headOf(message)
        expect(String((await once(answer, 'data'))[0])).toBe('three')
        response.end('four')
        expect((await readAnswer(answer)).text).toBe('four')
      })

      test('tells the upstream when the client goes away', async () => {
        const message = client.open('/base/api/at/held', [upstream.address])
        message.end()
        const { response } = await reached()
        response.write('one')
        await headOf(message)
        const closed = once(response, 'close')
        message.destroy()
        // workerd sees that a client has ended its connection when it writes to it the next time.
        const write = (): void => {
          if (!response.destroyed) response.write('x'.repeat(1000), () => setImmediate(write))
        }
        write()
        await closed
        expect(response.writableFinished).toBe(false)
      })

      test('keeps each cookie on a line of its own', async () => {
        const { rawHeaders } = await ask('/base/api/at/cookies')
        const cookies = rawHeaders.filter((_, i) => rawHeaders[i - 1]?.toLowerCase() === 'set-cookie')
        expect(cookies).toEqual(['a=1; Expires=Mon, 01 Jan 2029 00:00:00 GMT', 'b=2'])
      })

      test('passes the answer to HEAD with its length and no body', async () => {
        const answer = await ask('/at/a', { method: 'HEAD' })
        expect(answer).toMatchObject({ status: 200, text: '', headers: { 'x-got-method': 'HEAD' } })
        expect((await ask('/at/a')).text).toBe('GET /at/a')
      })

      test.each([204, 304])('passes %i, which has no body', async (status) => {
        expect(await ask(`/at/status/${status}`)).toMatchObject({ status, text: '' })
        expect((await ask('/at/a')).text).toBe('GET /at/a')
      })

      test('passes compressed bytes as they are, or what they stand for', async () => {
        const { headers, body } = await ask('/at/gzip', { headers: { 'accept-encoding': 'gzip' } })
        if (keepsBytes) expect(headers['content-encoding']).toBe('gzip')
        expect(String(headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body)).toBe('compressed')
      })

      test('answers 502 when the upstream is not there, and the next request as ever', async () => {
        const refused = await client.ask('/at/a', [await findClosedAddress()])
        expect(refused).toMatchObject({ status: 502 })
        expect(refused.text).toMatch(/^[\w ]{1,40}\n$/)
        expect((await ask('/at/a')).text).toBe('GET /at/a')
      })

      test('answers 500 when one of its callbacks throws, and the next request as ever', async () => {
        expect(await ask('/base/api/throws')).toMatchObject({ status: 500, text: 'Internal Server Error\n' })
        expect((await ask('/at/a')).text).toBe('GET /at/a')
      })

      test.each(['/read/at/echo', '/read/base/at/echo'])(
        'refuses a body that the application has read, at %s',
        async (path) => {
          expect(await ask(path, { method: 'POST', body: 'read' })).toMatchObject({ status: 500 })
          expect(exchanges).toHaveLength(0)
          expect((await ask('/at/a')).text).toBe('GET /at/a')
        },
      )

      test('ends in an application itself, which has the variables of the session', async () => {
        expect((await ask('/inner/a')).text).toBe('hi a 1')
        expect((await ask('/inner/b')).text).toBe('hi b 1')
        expect(await ask('/inner/none/there')).toMatchObject({ status: framework === 'hono' ? 404 : 500 })
      })

      test.skipIf(!sharesConnections)('sends a hundred requests over one upstream connection', async () => {
        for (let i = 0; i < 100; i++) expect((await ask(`/base/api/at/${i}`)).text).toBe(`GET /at/${i}`)
        expect(upstream.sockets).toHaveLength(1)
      })
    },
  )
}

function respond(request: IncomingMessage, response: ServerResponse): void {
  const { method, url = '', headers } = request
  response.setHeader('x-got-method', String(method))
  response.setHeader('x-got-user', String(headers['x-user']))
  response.setHeader('x-got-region', String(headers['x-region']))
  response.setHeader('x-got-forwarded-for', String(headers['x-forwarded-for']))
  response.setHeader('x-got-forwarded-host', String(headers['x-forwarded-host']))
  const status = /^\/at\/status\/(\d+)$/.exec(url)?.[1]
  if (url === '/at/held') return
  if (url === '/at/echo') request.pipe(response)
  else if (url === '/at/collected') void collect(request).then((body) => response.end(body))
  else if (url === '/at/cookies') {
    response.setHeader('set-cookie', ['a=1; Expires=Mon, 01 Jan 2029 00:00:00 GMT', 'b=2'])
    response.end('cookies')
  } else if (url === '/at/gzip') {
    response.setHeader('content-encoding', 'gzip')
    response.end(GZIPPED)
  } else if (status !== undefined) response.writeHead(Number(status)).end()
  else response.end(`${method} ${url}`)
}

async function collect(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}
