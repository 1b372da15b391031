import { once } from 'node:events'
import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { DispatcherStatistics } from '../../../src/fetch/dispatcher-pool.ts'
import { type StartedWorker, startWorker } from './support/start-worker.ts'

const HOST = '127.0.0.1'
const GZIPPED = gzipSync('hello '.repeat(1000))

interface Answer {
  readonly status: number
  readonly statusText: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
  /** The body ended before its framing says. */
  readonly isCut: boolean
}

let upstream: Server
let port: number
let onRequest: (request: IncomingMessage, response: ServerResponse) => void
/** Connections that the upstream has accepted in this test. */
let sockets: Socket[]
let worker: StartedWorker

beforeAll(async () => {
  upstream = createServer((request, response) => onRequest(request, response))
  upstream.on('connection', (socket) => sockets.push(socket))
  upstream.listen(0, HOST)
  await once(upstream, 'listening')
  port = (upstream.address() as AddressInfo).port
  worker = await startWorker({
    script: new URL('support/dispatch-worker.ts', import.meta.url),
    isDirect: true,
    vars: { TEXT: 'no service' },
    services: {
      API: async (request) => {
        const url = new URL(request.url)
        return new Response(`${request.method} ${url.host}${url.pathname} ${await request.text()}`)
      },
    },
  })
})

beforeEach(() => {
  for (const socket of sockets ?? []) socket.destroy()
  sockets = []
})

afterAll(async () => {
  await worker.dispose()
  upstream.closeAllConnections()
  upstream.close()
})

interface Asked {
  readonly method?: string
  readonly path?: string
  readonly target?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
  /** Told of the request that is under way, and of the first piece of its answer. */
  readonly onSent?: (request: ClientRequest) => void
  readonly onData?: () => void
}

/** Sends a request to the Worker and reads its answer as it comes, cut or not. */
function ask(asked: Asked = {}): Promise<Answer> {
  const { method = 'GET', path = '/', target = `http://${HOST}:${port}`, headers = {}, body, onSent, onData } = asked
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        host: HOST,
        port: worker.port,
        method,
        path,
        headers: { 'x-target': target, ...headers },
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = []
        const settle = (isCut: boolean): void =>
          resolve({
            status: response.statusCode as number,
            statusText: response.statusMessage as string,
            headers: response.headers,
            body: Buffer.concat(chunks),
            isCut,
          })
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk)
          onData?.()
        })
        response.on('end', () => settle(false))
        response.on('error', () => settle(true))
      },
    )
    request.on('error', reject)
    request.end(body)
    onSent?.(request)
  })
}

async function statistics(target: string): Promise<DispatcherStatistics | undefined> {
  const response = await fetch(`${worker.url}_statistics`)
  const all = (await response.json()) as DispatcherStatistics[]
  return all.find((one) => one.target === target)
}

describe.each([
  ['fetch', () => `http://${HOST}:${port}`],
  ['a socket', () => `tcp://${HOST}:${port}`],
])('a Worker that reaches its upstream by %s', (kind, target) => {
  test('passes bodies on both ways as they come', async () => {
    onRequest = (request, response) => {
      response.writeHead(200, { 'x-method': request.method })
      request.pipe(response)
    }
    const body = Buffer.alloc(1024 * 1024, 'abcdefghij')
    const [got, posted] = await Promise.all([
      ask({ target: target() }),
      ask({ target: target(), method: 'POST', body }),
    ])
    expect([got.status, got.headers['x-method'], got.body.length]).toEqual([200, 'GET', 0])
    expect([posted.status, posted.headers['x-method'], posted.body.equals(body)]).toEqual([200, 'POST', true])
  })

  test('tells the upstream the length of a body', async () => {
    onRequest = async (request, response) => {
      const { 'content-length': length, 'transfer-encoding': coding } = request.headers
      const { length: received } = await buffer(request)
      response.end(JSON.stringify([length, coding, received]))
    }
    for (const size of [5, 300_000]) {
      const { body } = await ask({ target: target(), method: 'PUT', body: Buffer.alloc(size) })
      expect(JSON.parse(body.toString())).toEqual([String(size), null, size])
    }
  })

  test('streams an answer before the request is over', async () => {
    onRequest = (request, response) => {
      response.writeHead(200)
      request.on('data', (chunk: Buffer) => response.write(chunk.toString().toUpperCase()))
      request.on('end', () => response.end('.'))
    }
    const request = httpRequest({ host: HOST, port: worker.port, method: 'POST', headers: { 'x-target': target() } })
    request.write('one')
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    const first = await once(response, 'data')
    request.end('two')
    expect(String(first[0])).toBe('ONE')
    expect((await buffer(response)).toString()).toBe('TWO.')
  })

  test('passes compressed bodies on byte by byte', async () => {
    onRequest = (_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': GZIPPED.length }).end(GZIPPED)
    }
    const { body, headers } = await ask({ target: target(), headers: { 'accept-encoding': 'gzip' } })
    expect(body.equals(GZIPPED)).toBe(true)
    expect([headers['content-encoding'], headers['content-length']]).toEqual(['gzip', String(GZIPPED.length)])
  })

  test.each([
    ['GET', 204, {}],
    ['GET', 304, { etag: '"x"' }],
    ['HEAD', 200, { 'content-length': '77' }],
    ['GET', 302, { location: '/elsewhere', 'content-length': '0' }],
    ['GET', 404, { 'content-length': '0' }],
  ])('passes the answer to %s with %i and %o on', async (method, status, headers) => {
    onRequest = (_, response) => response.writeHead(status, headers).end()
    const answer = await ask({ target: target(), method })
    expect([answer.status, answer.body.length, answer.isCut]).toEqual([status, 0, false])
    expect(answer.headers).toMatchObject(headers)
  })

  test('keeps repeated fields, the reason and what was asked', async () => {
    onRequest = ({ url, headers }, response) => {
      response.writeHead(299, 'Quite Fine', { 'set-cookie': ['a=1', 'b=2'], 'x-url': url, 'x-got': headers['x-sent'] })
      response.end('ok')
    }
    const { status, statusText, headers } = await ask({
      target: target(),
      path: '/a%20b/c?d=%41&e',
      headers: { 'x-sent': 'one, two' },
    })
    expect([status, statusText]).toEqual([299, 'Quite Fine'])
    expect(headers).toMatchObject({ 'set-cookie': ['a=1', 'b=2'], 'x-url': '/a%20b/c?d=%41&e', 'x-got': 'one, two' })
  })

  test('answers 502 when the upstream cannot be reached, or breaks off before its answer', async () => {
    const nowhere = await ask({ target: target().replace(/\d+$/, '1') })
    expect([nowhere.status, nowhere.isCut]).toEqual([502, false])
    onRequest = ({ socket }) => socket.destroy()
    const broken = await ask({ target: target() })
    expect([broken.status, broken.isCut]).toEqual([502, false])
  })

  test.each([
    ['of a length that was told', { 'content-length': '1000' }],
    ['in chunks', {}],
  ])('cuts the answer when the upstream dies inside a body %s', async (_, headers) => {
    onRequest = (_request, response) => {
      response.writeHead(200, headers)
      response.write('half')
    }
    const onData = (): void => sockets.forEach((socket) => socket.destroy())
    const answer = await ask({ target: target(), onData })
    expect([answer.status, answer.body.toString(), answer.isCut]).toEqual([200, 'half', true])
  })

  test('tells the upstream when the client goes away', async () => {
    const arrived = new Promise<IncomingMessage>((resolve) => {
      onRequest = (request) => resolve(request)
    })
    let client: ClientRequest | undefined
    const answer = ask({ target: target(), onSent: (request) => (client = request) })
    const request = await arrived
    const closed = once(request.socket, 'close')
    // An end in good order may be that of a client that still reads.
    client?.socket?.resetAndDestroy()
    await expect(answer).rejects.toThrow()
    await closed
  })

  test('counts what it did', async () => {
    const name = target()
    const before = await statistics(name)
    onRequest = (_, response) => response.end('ok')
    for (let i = 0; i < 5; i++) expect((await ask({ target: name })).status).toBe(200)
    const after = await statistics(name)
    const counted = (key: 'created' | 'reused' | 'requests'): number => (after?.[key] ?? 0) - (before?.[key] ?? 0)
    expect(after).toMatchObject({ busy: 0, kind: kind === 'fetch' ? 'fetch' : 'socket' })
    expect([counted('requests'), counted('created') + counted('reused')]).toEqual([5, 5])
    if (kind === 'fetch') expect([sockets.length, counted('created') <= 1]).toEqual([1, true])
    else expect([sockets.length, counted('created')]).toEqual([5, 5])
  })
})

describe('a Worker that reaches its upstream by fetch', () => {
  test.each([
    ['TRACE', 'method "TRACE"'],
    ['BREW', 'method "BREW"'],
  ])('refuses %s and says what to use', async (method, what) => {
    onRequest = (_, response) => response.end('reached')
    const { status, body } = await ask({ headers: { 'x-method': method } })
    expect(status).toBe(501)
    expect(body.toString()).toBe(`Cannot send ${what} by fetch: a target "tcp://host:port" takes it\n`)
  })

  test('sends the Host of the target, and refuses one that a script has set', async () => {
    onRequest = ({ headers }, response) => response.end(headers.host)
    const plain = await ask()
    expect(plain.body.toString()).toBe(`${HOST}:${port}`)
    const overridden = await ask({ headers: { 'x-host': 'other.test' } })
    expect(overridden.status).toBe(502)
    expect(overridden.body.toString()).toContain('a Host of its own, "other.test" by fetch: a target "tcp://host:port"')
    const bySocket = await ask({ target: `tcp://${HOST}:${port}`, headers: { 'x-host': 'other.test' } })
    expect(bySocket.body.toString()).toBe('other.test')
  })

  test('waits for the heads of six answers at once, and asks for the others in their order', async () => {
    const arrived: string[] = []
    const responses: ServerResponse[] = []
    let onArrival = (): void => undefined
    onRequest = ({ url }, response) => {
      arrived.push(url as string)
      responses.push(response)
      onArrival()
    }
    const six = new Promise<void>((resolve) => {
      onArrival = () => arrived.length === 6 && resolve()
    })
    const many = fetch(`${worker.url}_many`, { headers: { 'x-port': String(port), 'x-count': '9' } })
    await six
    // Whatever else the Worker had under way would have come with them: it goes through a request of its own first.
    await statistics('none')
    expect(arrived.toSorted()).toEqual(['/0', '/1', '/2', '/3', '/4', '/5'])
    onRequest = ({ url }, response) => {
      arrived.push(url as string)
      response.end(url)
    }
    for (const [index, response] of responses.entries()) response.end(arrived[index])
    const answers = (await (await many).json()) as string[]
    expect(answers.map((answer) => answer.slice(-2))).toEqual(['/0', '/1', '/2', '/3', '/4', '/5', '/6', '/7', '/8'])
    expect(arrived.slice(6).toSorted()).toEqual(['/6', '/7', '/8'])
  })
})

describe.each([
  ['fetch', () => `http://${HOST}:${port}`],
  ['a socket', () => `tcp://${HOST}:${port}`],
])('a Worker that reaches a WebSocket by %s', (_, target) => {
  test('passes messages, protocol and close on both ways', async () => {
    const server = new WebSocketServer({ server: upstream })
    server.on('connection', (socket) => {
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
      socket.on('close', (code, reason) => closes.push([code, reason.toString()]))
    })
    const closes: unknown[] = []
    onTestFinished(() => {
      server.close()
      upstream.removeAllListeners('upgrade')
    })
    const client = new WebSocket(`ws://${HOST}:${worker.port}/`, 'chat', { headers: { 'x-target': target() } })
    await once(client, 'open')
    expect(client.protocol).toBe('chat')
    const large = Buffer.alloc(200_000, 7)
    client.send('text')
    const [text, isTextBinary] = await once(client, 'message')
    client.send(large)
    const [bytes, isBinary] = await once(client, 'message')
    expect([String(text), isTextBinary, large.equals(bytes as Buffer), isBinary]).toEqual(['text', false, true, true])
    client.close(4001, 'enough')
    const [code, reason] = await once(client, 'close')
    expect([code, String(reason)]).toEqual([4001, 'enough'])
    await expect.poll(() => closes).toEqual([[4001, 'enough']])
  })

  test('answers as the upstream does when that takes no WebSocket', async () => {
    const before = await statistics(target())
    upstream.once('upgrade', (_request, socket) => socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno'))
    const client = new WebSocket(`ws://${HOST}:${worker.port}/`, { headers: { 'x-target': target() } })
    const [error] = await once(client, 'error')
    expect(String(error)).toContain('403')
    await expect.poll(async () => (await statistics(target()))?.busy).toBe(before?.busy ?? 0)
  })
})

describe('a Worker whose option says sockets', () => {
  test('reaches targets without a scheme and http ones by sockets', async () => {
    onRequest = ({ headers }, response) => response.end(headers.host)
    for (const target of [`${HOST}:${port}`, `http://${HOST}:${port}`]) {
      const answer = await ask({ target, headers: { 'x-dispatcher': 'socket', host: 'kept.test' } })
      expect(answer.body.toString()).toBe('kept.test')
    }
  })
})

describe('a Worker with bindings', () => {
  test('reaches a service by its name, with the Host and the body of the request', async () => {
    const { status, body } = await ask({
      target: 'binding:API',
      method: 'POST',
      path: '/path',
      headers: { host: 'named.test' },
      body: Buffer.from('body'),
    })
    expect([status, body.toString()]).toEqual([200, 'POST named.test/path body'])
    expect(await statistics('binding:API')).toMatchObject({ kind: 'binding', busy: 0, errors: 0 })
  })

  test('passes what a service has compressed on byte by byte', async () => {
    const { headers, body } = await ask({
      target: 'binding:COMPRESSING',
      headers: { 'accept-encoding': 'gzip' },
    })
    const compressed = Buffer.from(Array.from({ length: 1000 }, (_, index) => (index * 31) & 255))
    expect([headers['content-encoding'], body.equals(compressed)]).toEqual(['gzip', true])
  })

  test.each([
    ['NONE', 'there is no such binding'],
    ['TEXT', 'it is no service'],
  ])('answers 502 for %s, and says which services there are', async (name, state) => {
    const { status } = await ask({ target: `binding:${name}` })
    expect(status).toBe(502)
    const text = `Cannot connect to "binding:${name}": ${state}; of services the Worker has API, COMPRESSING`
    await expect.poll(() => worker.lines.join('\n')).toContain(text)
  })
})
