import { describe, expect, test } from 'vitest'
import { ProxyError } from '../../src/errors.ts'
import { Data } from '../../src/events.ts'
import { openDispatched } from './dispatched-connection.ts'
import { untilText } from './until-text.ts'

const GET = 'GET /path?q=1 HTTP/1.1\r\nHost: client.test\r\nAccept: */*\r\n\r\n'
const POST = 'POST / HTTP/1.1\r\nHost: client.test\r\n'

/** Settles when the signal aborts, with its reason. */
function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)))
}

describe('DispatchConnection', () => {
  test('sends what is written as a Request and reads its Response as an answer', async () => {
    let seen: Request | undefined
    const { handler, write } = openDispatched(async (request) => {
      seen = request
      const headers = new Headers([
        ['content-length', '5'],
        ['x-one', '1'],
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ])
      return new Response('hello', { status: 201, statusText: 'Made', headers })
    })
    write(GET)
    await untilText(handler, 'hello')
    expect([seen?.method, seen?.url, seen?.headers.get('accept'), seen?.redirect]).toEqual([
      'GET',
      'http://up.test:8080/path?q=1',
      '*/*',
      'manual',
    ])
    expect(handler.calls[0]).toBe('open')
    const [head = '', body] = handler.text.split('\r\n\r\n')
    const lines = head.split('\r\n')
    expect(lines[0]).toBe('HTTP/1.1 201 Made')
    expect(lines).toContain('content-length: 5')
    expect(lines.filter((line) => line.startsWith('set-cookie'))).toEqual(['set-cookie: a=1', 'set-cookie: b=2'])
    expect(body).toBe('hello')
  })

  test('answers requests in their order, one at a time', async () => {
    const paths: string[] = []
    const answers: ((response: Response) => void)[] = []
    const { handler, write, pool } = openDispatched((request) => {
      paths.push(new URL(request.url).pathname)
      return new Promise((resolve) => answers.push(resolve))
    })
    for (const path of ['/1', '/2', '/3']) {
      write(`GET ${path} HT`)
      write('TP/1.1\r\nHost: a\r\n\r\n')
      await expect.poll(() => paths.at(-1)).toBe(path)
      answers.shift()?.(new Response(path, { headers: { 'content-length': '2' } }))
      await untilText(handler, path)
    }
    expect(paths).toEqual(['/1', '/2', '/3'])
    expect(handler.text.match(/\r\n\r\n\/\d/g)).toEqual(['\r\n\r\n/1', '\r\n\r\n/2', '\r\n\r\n/3'])
    await expect
      .poll(() => pool.statistics())
      .toMatchObject([{ requests: 3, created: 1, reused: 2, errors: 0, idle: 1, busy: 0 }])
  })

  test('gives a small body whole, with its length, and an empty one not at all', async () => {
    const bodies: unknown[] = []
    const { handler, write } = openDispatched(async (request) => {
      bodies.push([request.headers.get('content-length'), await request.text()])
      return new Response(null)
    })
    write(`${POST}Content-Length: 5\r\n\r\nhe`)
    write('llo')
    await untilText(handler, '\r\n\r\n')
    write(`${POST}Content-Length: 0\r\n\r\n`)
    await expect
      .poll(() => bodies)
      .toEqual([
        ['5', 'hello'],
        [null, ''],
      ])
    expect(handler.text).toContain('Content-Length: 0\r\n')
  })

  test('gives the head of a short answer before its body when the body keeps waiting', async () => {
    let body: ReadableStreamDefaultController<Uint8Array> | undefined
    const { handler, write } = openDispatched(async () => {
      const stream = new ReadableStream<Uint8Array>({ start: (controller) => void (body = controller) })
      return new Response(stream, { headers: { 'content-length': '4' } })
    })
    write(GET)
    await untilText(handler, '\r\n\r\n')
    expect(handler.text).toMatch(/content-length: 4\r\n\r\n$/)
    body?.enqueue(new TextEncoder().encode('late'))
    await untilText(handler, 'late')
  })

  test('streams a large request as it comes, stops its writer, and lets it go on', async () => {
    let received = 0
    let mayRead: () => void = () => undefined
    const started = new Promise<void>((resolve) => (mayRead = resolve))
    const { handler, write } = openDispatched(async (request) => {
      await started
      for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) received += chunk.length
      return new Response(String(received), { headers: { 'content-length': '7' } })
    })
    write(`${POST}Content-Length: 1048576\r\n\r\n`)
    const chunk = Data.view(new Uint8Array(16 * 1024), 0, 16 * 1024, 'call')
    let sent = 0
    while (sent < 1_048_576 && handler.inside(() => handler.direct.write(chunk))) sent += chunk.size
    sent += chunk.size
    expect(sent).toBeLessThan(300_000)
    expect(handler.calls).not.toContain('drain')
    mayRead()
    await handler.untilTold('drain')
    while (sent < 1_048_576) {
      handler.inside(() => handler.direct.write(chunk))
      sent += chunk.size
    }
    await untilText(handler, '1048576')
  })

  test('reads an answer only as fast as it is taken', async () => {
    let pulled = 0
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          pulled++
          if (pulled > 100) controller.close()
          else controller.enqueue(new Uint8Array(1000).fill(97))
        },
      },
      { highWaterMark: 0 },
    )
    const { handler, write } = openDispatched(async () => new Response(body))
    handler.direct.pause()
    write(GET)
    // Nothing but the pause keeps it from going on: whatever runs by itself has run then.
    for (let turn = 0; turn < 200; turn++) await Promise.resolve()
    expect([pulled, handler.text]).toEqual([0, ''])
    handler.direct.resume()
    await untilText(handler, '\r\n0\r\n\r\n')
    expect(handler.text.match(/3e8\r\na{1000}\r\n/g)).toHaveLength(100)
  })

  test.each([
    ['HEAD', 200, { 'content-length': '77' }, 'content-length: 77'],
    ['HEAD', 200, { 'transfer-encoding': 'chunked' }, undefined],
    ['HEAD', 200, {}, undefined],
    ['GET', 304, { 'content-length': '77' }, 'content-length: 77'],
    ['GET', 204, {}, undefined],
    ['GET', 205, {}, 'Content-Length: 0'],
    ['GET', 200, {}, 'Content-Length: 0'],
  ])('passes an answer without a body on as it came: %s, %i, %o', async (method, status, headers, framing) => {
    const { handler, write } = openDispatched(async () => new Response(null, { status, headers: headers as object }))
    write(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`)
    await untilText(handler, '\r\n\r\n')
    const lines = handler.text.split('\r\n').filter((line) => /^(?:content-length|transfer-encoding)/i.test(line))
    expect(lines).toEqual(framing === undefined ? [] : [framing])
    // It can still be used.
    write(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`)
    await handler.until(({ text }) => text.split('HTTP/1.1').length === 3)
  })

  test('keeps the Host where the host of a URL decides nothing', async () => {
    let url = ''
    const send = async (request: Request) => {
      url = request.url
      return new Response(null)
    }
    const { handler, write } = openDispatched(send, { origin: undefined, kind: 'binding', name: 'binding:API' })
    write('GET /x HTTP/1.1\r\nHost: any.test:81\r\n\r\n')
    await untilText(handler, '\r\n\r\n')
    expect(url).toBe('http://any.test:81/x')
  })

  test('gives leave to send itself when the client waits for it', async () => {
    const { handler, write } = openDispatched(async (request) => {
      expect(request.headers.get('expect')).toBeNull()
      return new Response(await request.text(), { headers: { 'content-length': '5' } })
    })
    write(`${POST}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`)
    await untilText(handler, 'HTTP/1.1 100 Continue\r\n\r\n')
    write('hello')
    await untilText(handler, '\r\n\r\nhello')
  })

  test('ends with CONNECTION_CLOSED when there is no answer, and counts it', async () => {
    const { handler, write, pool } = openDispatched(() => Promise.reject(new Error('Network connection lost.')))
    write(GET)
    await handler.untilTold('close')
    expect([handler.text, handler.error?.code, handler.error?.status]).toEqual(['', 'CONNECTION_CLOSED', 502])
    expect(handler.error?.message).toBe('Cannot get an answer from "http://up.test:8080": Network connection lost.')
    expect(pool.statistics()).toMatchObject([{ requests: 1, errors: 1, busy: 0 }])
  })

  test.each([
    ['GET', '', 2, 3],
    ['DELETE', '', 2, 3],
    ['POST', '', 2, 2],
    ['PUT', 'Content-Length: 1\r\n', 2, 2],
    ['GET', '', 1, 1],
  ])('sends %s once more when it may, the upstream was used before, and it failed', async (...row) => {
    const [method, fields, use, sent] = row
    let count = 0
    const { handler, write } = openDispatched(async () => {
      count++
      if (count === use) throw new Error('Network connection lost.')
      return new Response(null)
    })
    for (let i = 0; i < use; i++) {
      write(`${method} / HTTP/1.1\r\nHost: a\r\n${fields}\r\n${fields === '' ? '' : 'x'}`)
      await handler.until(({ text, calls }) => text.split('HTTP/1.1').length > i + 1 || calls.includes('close'))
    }
    expect([count, handler.error?.code]).toEqual([sent, sent > use ? undefined : 'CONNECTION_CLOSED'])
  })

  test('sends a request no third time', async () => {
    let count = 0
    const { handler, write } = openDispatched(async () => {
      count++
      if (count > 1) throw new Error('Network connection lost.')
      return new Response(null)
    })
    write(GET)
    await untilText(handler, '\r\n\r\n')
    write(GET)
    await handler.untilTold('close')
    expect([count, handler.error?.code]).toEqual([3, 'CONNECTION_CLOSED'])
  })

  test('keeps the code of an error that has one', async () => {
    const { handler, write } = openDispatched(() => Promise.reject(new ProxyError('QUEUE_FULL', 'Cannot wait')))
    write(GET)
    await handler.untilTold('close')
    expect(handler.error?.code).toBe('QUEUE_FULL')
  })

  test.each([
    ['breaks', { 'content-length': '50' }, 'CONNECTION_RESET'],
    ['breaks', {}, 'CONNECTION_RESET'],
    ['is shorter than its head says', { 'content-length': '50' }, 'LENGTH_MISMATCH'],
    ['is longer than its head says', { 'content-length': '2' }, 'LENGTH_MISMATCH'],
  ])('cuts the connection when a body %s (%o), and never ends it', async (how, headers, code) => {
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        controller.enqueue(new TextEncoder().encode('hello'))
        if (how === 'breaks') controller.error(new Error('lost'))
        else controller.close()
      },
    })
    const { handler, write, pool } = openDispatched(async () => new Response(body, { headers: headers as object }))
    write(GET)
    await handler.untilTold('close')
    expect([handler.error?.code, handler.calls.includes('end')]).toEqual([code, false])
    expect(handler.text).not.toContain('\r\n0\r\n')
    expect(pool.statistics()).toMatchObject([{ errors: 1, busy: 0 }])
  })

  test.each(['close', 'abort'] as const)('aborts the fetch when the connection is told to %s', async (way) => {
    let signal: AbortSignal | undefined
    const { handler, write, pool } = openDispatched((request) => {
      signal = request.signal
      return aborted(request.signal).then((reason) => {
        throw reason
      })
    })
    write(GET)
    await expect.poll(() => signal).toBeDefined()
    handler.inside(() => handler.direct[way]())
    await handler.untilTold('close')
    expect(signal?.aborted).toBe(true)
    expect(pool.statistics()).toMatchObject([{ errors: 0, busy: 0, idle: 1 }])
  })

  test('gives up the body of an answer when the connection is closed', async () => {
    let reason: unknown
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(10)),
      cancel: (given) => {
        reason = given
      },
    })
    const { handler, write } = openDispatched(async () => new Response(body))
    write(GET)
    await handler.untilTold('data')
    handler.direct.close()
    await expect.poll(() => (reason as ProxyError | undefined)?.code).toBe('CLOSED')
  })

  test('breaks the request off when its writer ends inside the body', async () => {
    let failure: unknown
    const { handler, write } = openDispatched(async (request) => {
      failure = await request.text().catch((error: unknown) => error)
      throw new Error('broken off')
    })
    write(`${POST}Content-Length: 100\r\n\r\nhalf`)
    await expect.poll(() => handler.calls).toContain('open')
    handler.inside(() => handler.direct.end())
    await handler.untilTold('close')
    expect(handler.error?.code).toBe('TRUNCATED_MESSAGE')
    await expect.poll(() => failure).toBeDefined()
  })

  test('answers what was asked before its writer ended, and ends then', async () => {
    const { handler, write } = openDispatched(async () => new Response('late', { headers: { 'content-length': '4' } }))
    write(GET)
    handler.inside(() => handler.direct.end())
    await handler.untilTold('close')
    expect(handler.text.endsWith('late')).toBe(true)
    expect([handler.calls.slice(-2), handler.error]).toEqual([['end', 'close'], undefined])
  })

  test('says close, and closes, when the answer is over before the request', async () => {
    const { handler, write } = openDispatched(async () => new Response('no', { headers: { 'content-length': '2' } }))
    write(`${POST}Content-Length: 100\r\n\r\nhalf`)
    await handler.untilTold('close')
    expect(handler.text).toContain('Connection: close\r\n')
    expect([handler.text.endsWith('no'), handler.error]).toEqual([true, undefined])
  })

  test('takes the coding and the length off a body that comes decoded', async () => {
    const headers = { 'content-encoding': 'gzip', 'content-length': '2' }
    const { handler, write } = openDispatched(async () => new Response('decoded', { headers }), { isDecoding: true })
    write(GET)
    await untilText(handler, '0\r\n\r\n')
    expect(handler.text).not.toMatch(/content-encoding|content-length/i)
    expect(handler.text).toContain('\r\n7\r\ndecoded\r\n')
  })

  test('keeps bytes of field values that a runtime reads as UTF-8', async () => {
    let seen: string | null = ''
    // As bytes, the two of a UTF-8 é and the three of a snowman.
    const bytes = '\u00c3\u00a9\u00e2\u0098\u0083'
    const send = async (request: Request) => {
      seen = request.headers.get('x-name')
      const response = new Response(null)
      Object.defineProperty(response, 'headers', { value: utf8Headers('x-name', 'é☃') })
      return response
    }
    const { handler, write } = openDispatched(send, { fieldEncoding: 'utf8', hidesHopByHop: true })
    write(`GET / HTTP/1.1\r\nHost: a\r\nX-Name: \u00c3\u00a9\r\n\r\n`)
    await untilText(handler, '\r\n\r\n')
    expect(seen).toBe('é')
    expect(handler.text).toContain(`x-name: ${bytes}\r\n`)
  })

  test('an attacker cannot smuggle a second answer through a field', async () => {
    const response = new Response(null)
    Object.defineProperty(response, 'headers', { value: utf8Headers('x-evil', 'a\r\nSet-Cookie: b') })
    const { handler, write } = openDispatched(async () => response, { hidesHopByHop: true })
    write(GET)
    await handler.untilTold('close')
    expect([handler.text, handler.error?.code]).toEqual(['', 'INVALID_OUTPUT'])
  })

  test('reads nothing that is no HTTP', async () => {
    const { handler, write } = openDispatched(async () => new Response())
    write('no HTTP at all\r\n\r\n')
    await handler.untilTold('close')
    expect(handler.error?.code).toBe('MALFORMED_START_LINE')
  })
})

/** Headers of a runtime that reads them as UTF-8, with one field. */
function utf8Headers(name: string, value: string): object {
  const get = (asked: string): string | null => (asked === name ? value : null)
  return {
    get,
    has: (asked: string) => asked === name,
    getSetCookie: () => [],
    [Symbol.iterator]: () => [[name, value]][Symbol.iterator](),
  }
}
