import { describe, expect, test, vi } from 'vitest'
import type { FetchHandler } from '../../src/filters/serve-fetch.ts'
import { serveFetch } from '../../src/filters/serve-fetch.ts'
import { answerText, requestText } from './wire/http-text.ts'
import { TRANSPORTS, WireProxy } from './wire/wire-proxy.ts'

const KIB = 1024
const textEncoder = new TextEncoder()

/** A stream that the test writes to by hand. */
class ManualStream {
  cancelled: unknown
  readonly readable: ReadableStream<Uint8Array>
  #controller!: ReadableStreamDefaultController<Uint8Array>

  constructor() {
    this.readable = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      cancel: (reason) => void (this.cancelled = reason ?? 'cancelled'),
    })
  }

  write(text: string): void {
    this.#controller.enqueue(textEncoder.encode(text))
  }

  end(): void {
    this.#controller.close()
  }

  fail(error: unknown): void {
    this.#controller.error(error)
  }
}

describe.each(TRANSPORTS)('serveFetch over $transport', ({ hasOnlyStreams }) => {
  const start = (handler: FetchHandler<object>): Promise<WireProxy> =>
    WireProxy.start((p) => p.demuxHTTP((r) => r.serveFetch(handler)), { hasOnlyStreams })

  /** Lets a zero timer fire as well: that is how long a body may take to be there at once. */
  const settle = (proxy: WireProxy): Promise<void> => proxy.transport.advance(1)

  test('answers with what the handler makes of the request', async () => {
    const proxy = await start(
      async (request) =>
        new Response(`${request.method} ${request.url} ${request.headers.get('x')} ${await request.text()}`, {
          status: 201,
          headers: { y: 'z' },
        }),
    )
    const client = await proxy.send(requestText('PUT /b?c=%20d', { headers: 'X: 1\r\nX: 2\r\n', body: 'hello' }))
    const heard = await client.whenHeard(/hello$/)
    expect(heard).toMatch(/^HTTP\/1.1 201 Created\r\n/)
    expect(heard).toMatch(/\r\ny: z\r\n/)
    expect(heard).toMatch(/\r\n\r\nPUT http:\/\/a\/b\?c=%20d 1, 2 hello$/)
    expect(client.state).toBe('open')
  })

  test('sends a body that is there at once with its length', async () => {
    const proxy = await start(() => new Response('hello', { headers: { 'content-type': 'text/x' } }))
    const client = await proxy.send(requestText('GET /'))
    expect(await client.whenHeard(/hello$/)).toBe(answerText('hello', { headers: 'content-type: text/x\r\n' }))
  })

  // As Hono's server on Node does. What fetch gives is still of the first class.
  test('answers with a Response that was made before the global class was replaced', async () => {
    const response = new Response('hello')
    vi.stubGlobal('Response', class extends Response {})
    try {
      const proxy = await start(() => response)
      const client = await proxy.send(requestText('GET /'))
      expect(await client.whenHeard(/hello$/)).toBe(
        answerText('hello', { headers: 'content-type: text/plain;charset=UTF-8\r\n' }),
      )
    } finally {
      vi.unstubAllGlobals()
    }
  })

  test('sends each cookie on a line of its own', async () => {
    const headers = new Headers([
      ['set-cookie', 'a=1; Expires=Mon, 1 Jan'],
      ['set-cookie', 'b=2'],
    ])
    const proxy = await start(() => new Response(null, { headers }))
    const client = await proxy.send(requestText('GET /'))
    expect(client.take()).toMatch(/\r\nset-cookie: a=1; Expires=Mon, 1 Jan\r\nset-cookie: b=2\r\n/)
  })

  test('streams a body that takes its time, its head first', async () => {
    const body = new ManualStream()
    const proxy = await start(() => new Response(body.readable))
    const client = await proxy.send(requestText('GET /'))
    await settle(proxy)
    expect(client.take()).toBe('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
    body.write('one')
    await settle(proxy)
    expect(client.take()).toBe('3\r\none\r\n')
    body.write('two')
    await settle(proxy)
    body.end()
    await settle(proxy)
    expect(client.take()).toBe('3\r\ntwo\r\n0\r\n\r\n')
    expect(client.state).toBe('open')
  })

  test('gives the handler the body of the request as it comes', async () => {
    const pieces: string[] = []
    let onPiece: () => void = () => undefined
    const first = new Promise<void>((resolve) => (onPiece = resolve))
    const proxy = await start(async (request) => {
      for await (const piece of request.body as unknown as AsyncIterable<Uint8Array>) {
        pieces.push(new TextDecoder().decode(piece))
        onPiece()
      }
      return new Response('done')
    })
    const client = await proxy.send('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc')
    await first
    expect(pieces.join('')).toBe('abc')
    client.write('def')
    const heard = await client.whenHeard(/done$/)
    expect(pieces.join('')).toBe('abcdef')
    expect(heard).toBe(answerText('done', { headers: 'content-type: text/plain;charset=UTF-8\r\n' }))
  })

  test('answers HEAD without the body, which it cancels', async () => {
    const body = new ManualStream()
    const proxy = await start(() => new Response(body.readable, { headers: { 'content-length': '5' } }))
    const client = await proxy.send(requestText('HEAD /'))
    await settle(proxy)
    expect(client.take()).toBe('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n')
    expect(body.cancelled).toBeDefined()
  })

  test.each([204, 304])('answers %d without a body', async (status) => {
    const proxy = await start(() => new Response(null, { status }))
    const client = await proxy.send(requestText('GET /'), requestText('GET /'))
    await settle(proxy)
    expect(client.take().match(new RegExp(`^HTTP/1.1 ${status} `, 'gm'))).toHaveLength(2)
  })

  describe('answers 500, logs it and keeps the connection, when the handler', () => {
    test.each([
      [
        'throws',
        () => {
          throw new Error('oops')
        },
      ],
      ['rejects', () => Promise.reject(new Error('oops'))],
      ['gives what is no Response', () => 'text' as unknown as Response],
      ['gives nothing', () => undefined as unknown as Response],
      [
        'gives a Response of which the body was read',
        async () => {
          const response = new Response('a')
          await response.text()
          return response
        },
      ],
      [
        'gives a body that fails before its first byte',
        () => {
          const body = new ManualStream()
          body.fail(new Error('oops'))
          return new Response(body.readable)
        },
      ],
    ] as [string, FetchHandler<object>][])('%s', async (_, handler) => {
      const proxy = await start(handler)
      const client = await proxy.send(requestText('PUT /', { body: 'abc' }))
      expect(await client.whenHeard(/Error\n$/)).toMatch(/^HTTP\/1.1 500 Internal Server Error\r\n/)
      expect(client.state).toBe('open')
      expect(proxy.log.messages('error')).toHaveLength(1)
    })
  })

  test('answers 501 to methods that fetch does not have', async () => {
    const proxy = await start(() => new Response('never'))
    const client = await proxy.send(requestText('TRACE /'))
    await settle(proxy)
    expect(client.take()).toMatch(/^HTTP\/1.1 501 Not Implemented\r\n/)
  })

  test('cuts the connection when the body fails inside', async () => {
    const body = new ManualStream()
    const proxy = await start(() => new Response(body.readable))
    const client = await proxy.send(requestText('GET /'))
    body.write('half')
    await settle(proxy)
    body.fail(new Error('oops'))
    await settle(proxy)
    expect(client.take()).not.toContain('0\r\n\r\n')
    expect(client.state).toBe('cut')
  })

  test('cuts the connection when the body fails while the client does not read', async () => {
    const body = new ManualStream()
    const proxy = await start(() => new Response(body.readable))
    const client = proxy.connect()
    client.pause()
    client.write(requestText('GET /'))
    await settle(proxy)
    for (let i = 0; i < 20; i++) body.write('x'.repeat(64 * KIB))
    await settle(proxy)
    body.fail(new Error('oops'))
    await settle(proxy)
    client.keepsText = false
    client.resume()
    await settle(proxy)
    expect(client.state).toBe('cut')
  })

  describe('when the client breaks off', () => {
    test('aborts the signal of the request', async () => {
      const signals: AbortSignal[] = []
      const proxy = await start((request) => {
        signals.push(request.signal)
        return new Promise(() => undefined)
      })
      const client = await proxy.send(requestText('GET /'))
      expect(signals[0]?.aborted).toBe(false)
      client.abort()
      await settle(proxy)
      expect(signals[0]?.aborted).toBe(true)
    })

    test('cancels the body of the answer, although the handler writes nothing more', async () => {
      const body = new ManualStream()
      const proxy = await start(() => new Response(body.readable))
      const client = await proxy.send(requestText('GET /'))
      body.write('a')
      await settle(proxy)
      client.abort()
      await settle(proxy)
      expect(body.cancelled).toBeDefined()
    })

    test('cancels the body of an answer that comes too late', async () => {
      const body = new ManualStream()
      let answer: (response: Response) => void = () => undefined
      const proxy = await start(() => new Promise((resolve) => (answer = resolve)))
      const client = await proxy.send(requestText('GET /'))
      client.abort()
      await settle(proxy)
      answer(new Response(body.readable))
      await settle(proxy)
      expect(body.cancelled).toBeDefined()
      expect(proxy.log.messages('error')).toEqual([])
    })

    test('fails the body of the request', async () => {
      let error: unknown
      const proxy = await start(async (request) => {
        await request.text().catch((reason: unknown) => (error = reason))
        return new Response('')
      })
      const client = await proxy.send('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc')
      client.abort()
      await settle(proxy)
      expect(error).toBeDefined()
    })
  })

  test('does not abort the signal of a request that was answered', async () => {
    const signals: AbortSignal[] = []
    const proxy = await start((request) => {
      signals.push(request.signal)
      return new Response('a')
    })
    const client = await proxy.send(requestText('GET /'))
    await settle(proxy)
    client.close()
    await settle(proxy)
    expect(signals[0]?.aborted).toBe(false)
  })

  test('drops the body of a request that the handler does not want, and keeps the connection', async () => {
    const proxy = await start((request) => new Response(new URL(request.url).pathname))
    const client = await proxy.send(
      'PUT /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n',
      'x'.repeat(200_000),
      requestText('GET /2'),
    )
    expect((await client.whenHeard(/\/2$/)).match(/HTTP\/1.1 200 OK/g)).toHaveLength(2)
  })

  test('stops reading the client while the handler takes nothing', async () => {
    let release: () => void = () => undefined
    const released = new Promise<void>((resolve) => (release = resolve))
    let size = 0
    const proxy = await start(async (request) => {
      await released
      size = (await request.arrayBuffer()).byteLength
      return new Response('')
    })
    const total = 4 * 1024 * KIB
    const client = await proxy.send(`PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${total}\r\n\r\n`)
    let written = 0
    while (!client.isFull && written < total) {
      client.write('x'.repeat(64 * KIB))
      written += 64 * KIB
      await proxy.settle()
    }
    expect(written).toBeLessThan(total / 4)
    release()
    for (; written < total; written += 64 * KIB) client.write('x'.repeat(64 * KIB))
    await client.whenHeard(/^HTTP\/1.1 200 OK\r\n/)
    expect(size).toBe(total)
  })

  test('stops reading the handler while the client takes nothing', async () => {
    let produced = 0
    const total = 128
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        controller.enqueue(new Uint8Array(64 * KIB))
        if (++produced === total) controller.close()
      },
    })
    const proxy = await start(() => new Response(body))
    const client = proxy.connect()
    client.keepsText = false
    client.pause()
    client.write(requestText('GET /'))
    await settle(proxy)
    await settle(proxy)
    expect(produced).toBeLessThan(total / 4)
    client.resume()
    await settle(proxy)
    expect(produced).toBe(total)
    expect(client.receivedBytes).toBeGreaterThan(total * 64 * KIB)
  })

  test('gives the handler the variables of the session', async () => {
    const proxy = await WireProxy.start<{ name: string }>(
      (p) => p.demuxHTTP((r) => r.serveFetch((_, $) => new Response($.name))),
      {
        hasOnlyStreams,
        variables: { name: 'n' },
      },
    )
    const client = await proxy.send(requestText('GET /'))
    expect(await client.whenHeard(/n$/)).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*\r\n\r\nn$/)
  })
})

test.each([
  ['a text', 'hi'],
  ['nothing', undefined],
  ['a Response', new Response('')],
])('serveFetch refuses %s as its handler', (_, handler) => {
  expect(() => serveFetch(handler as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
})
