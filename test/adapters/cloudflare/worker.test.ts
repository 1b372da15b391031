import { once } from 'node:events'
import { createServer, request as sendRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type StartedWorker, startWorker } from './support/start-worker.ts'

const POOL_PROXY = `
  import { pipy } from 'sluice'
  import { sockets, worker } from 'sluice/cloudflare'
  export default worker((env) => pipy({ target: '' })
    .listen(8000, { forwarded: {} })
      .demuxHTTP('request', { maxBodyBytes: 100_000_000 })
    .pipeline('request')
      .handleMessageStart(({ head }, $) => { $.target = head.headers['x-target'] ?? env.TARGET })
      .muxHTTP('connection', ($) => $.target)
    .pipeline('connection')
      .connect(($) => $.target), { sockets })
`

let upstream: Server
// Starting a process takes its time on a busy machine.
vi.setConfig({ testTimeout: 20_000, hookTimeout: 60_000 })

let worker: StartedWorker
let handle: (request: IncomingMessage, response: ServerResponse) => void

beforeAll(async () => {
  upstream = createServer((request, response) => handle(request, response))
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  const { port } = upstream.address() as AddressInfo
  worker = await startWorker({ vars: { TARGET: `tcp://127.0.0.1:${port}` }, code: POOL_PROXY, isDirect: true })
})

afterAll(async () => {
  await worker?.dispose()
  upstream.closeAllConnections()
  await new Promise((resolve) => upstream.close(resolve))
})

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** What comes as it came: fetch would decompress it. */
function ask(path: string, headers: Record<string, string>, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = sendRequest(`${worker.url}${path}`, { method, headers }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) })
      })
    })
    request.on('error', reject).end()
  })
}

test('worker tells the upstream who the client is and by which scheme it came', async () => {
  handle = ({ headers, method, url }, response) => {
    response.end(JSON.stringify({ method, url, headers }))
  }
  const response = await fetch(`${worker.url}path?query=%20a`, {
    headers: { 'x-forwarded-for': '1.2.3.4', 'cf-connecting-ip': '203.0.113.7' },
  })
  const { method, url, headers } = (await response.json()) as IncomingMessage
  expect([method, url]).toEqual(['GET', '/path?query=%20a'])
  expect(headers).toMatchObject({ 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'http' })
  expect(headers.host).toBe(new URL(worker.url).host)
})

test('worker sends the body of a request on as it comes', async () => {
  handle = (request, response) => request.pipe(response)
  const body = Buffer.alloc(3_000_000, 'body')
  const response = await fetch(worker.url, { method: 'POST', body })
  expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true)
})

test('worker gives pieces of an answer as they come', async () => {
  let writeOn: (() => void) | undefined
  handle = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream' })
    response.write('first')
    writeOn = () => response.end('second')
  }
  const response = await fetch(worker.url)
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('first')
  writeOn?.()
  expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('second')
  expect((await reader.read()).done).toBe(true)
})

test('worker leaves compressed bytes as they are', async () => {
  const compressed = gzipSync('text '.repeat(1000))
  handle = (_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'text/plain' }).end(compressed)
  }
  const { headers, body } = await ask('', { 'accept-encoding': 'gzip' })
  expect(headers['content-encoding']).toBe('gzip')
  expect(body.equals(compressed)).toBe(true)
})

test.each(['GET', 'HEAD'])('worker keeps the content-length of an answer to %s', async (method) => {
  for (const length of [5, 300_000]) {
    handle = (_, response) => {
      response.writeHead(200, { 'content-length': length, 'content-type': 'image/png' })
      response.end(method === 'HEAD' ? undefined : Buffer.alloc(length))
    }
    const { headers, body } = await ask('', { 'accept-encoding': 'identity' }, method)
    expect(headers['content-length']).toBe(String(length))
    expect(body.length).toBe(method === 'HEAD' ? 0 : length)
  }
})

test('worker keeps cookies apart and answers without a body', async () => {
  handle = (_, response) => response.writeHead(204, { 'set-cookie': ['a=1', 'b=2'] }).end()
  const { status, headers, body } = await ask('', {})
  expect([status, headers['set-cookie'], body.length]).toEqual([204, ['a=1', 'b=2'], 0])
})

/** workerd notices at once a client that resets its connection, one that only ends it when it writes the next time. */
function open(): Socket {
  const client = connect(Number(new URL(worker.url).port), '127.0.0.1')
  client.write('GET / HTTP/1.1\r\nHost: example.org\r\n\r\n')
  return client
}

test('worker ends the request to the upstream when the client leaves before the head', async () => {
  const client = open()
  await new Promise((resolve) => {
    handle = (request) => {
      request.socket.once('close', resolve)
      client.resetAndDestroy()
    }
  })
})

test('worker ends the request to the upstream when the client leaves inside the body', async () => {
  const isClosed = new Promise((resolve) => {
    handle = (request, response) => {
      request.socket.once('close', resolve)
      response.write('beginning')
    }
  })
  const client = open()
  await once(client, 'data')
  client.resetAndDestroy()
  await isClosed
})

test('worker ends the request to the upstream when the client leaves inside its own body', async () => {
  const abort = new AbortController()
  const isClosed = new Promise((resolve) => {
    handle = (request) => {
      request.socket.once('close', resolve)
      request.once('data', () => abort.abort())
    }
  })
  const request = sendRequest(worker.url, { method: 'POST', signal: abort.signal })
  const hasFailed = once(request, 'error')
  request.write('beginning')
  await hasFailed
  await isClosed
})

test('worker cuts the answer when the upstream dies inside its body', async () => {
  handle = (_, response) => {
    response.writeHead(200, { 'content-length': 1_000_000, 'content-type': 'image/png' })
    response.write(Buffer.alloc(100_000), () => response.socket?.destroy())
  }
  const response = await fetch(worker.url, { headers: { 'accept-encoding': 'identity' } })
  await expect(response.arrayBuffer()).rejects.toThrow()
})

test('worker answers 502 when the upstream cannot be reached, and says so once', async () => {
  const { port } = await unusedPort()
  for (let i = 0; i < 3; i++) {
    const response = await fetch(worker.url, { headers: { 'x-target': `tcp://127.0.0.1:${port}` } })
    expect(response.status).toBe(502)
    expect(await response.text()).toContain('Refused')
  }
  await expect.poll(() => worker.lines.filter((line) => line.includes(String(port))).length).toBe(1)
})

test.each(['nonsense://x', 'tcp://', 'a b'])(
  'worker answers 502 to the target %s, and says so once',
  async (target) => {
    for (let i = 0; i < 3; i++) {
      const response = await fetch(worker.url, { headers: { 'x-target': target } })
      expect(response.status).toBe(502)
      expect((await response.text()).length).toBeLessThan(100)
    }
    await expect.poll(() => worker.lines.filter((line) => line.includes(`"${target}"`)).length).toBe(1)
  },
)

test('worker answers 413 to a body that is too long', async () => {
  handle = (request, response) => request.resume().on('end', () => response.end('taken'))
  const answer = ask('', { 'content-length': '200000000' }, 'POST')
  await expect(answer).resolves.toMatchObject({ status: 413 })
})

async function unusedPort(): Promise<AddressInfo> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return address
}
