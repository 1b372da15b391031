import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { PoolStatistics } from '../../../adapters/cloudflare/pool-statistics.ts'
import { findClosedAddress } from '../../end-to-end/support/closed-address.ts'
import { HttpClient } from '../../end-to-end/support/http-client.ts'
import { startRawUpstream } from '../../end-to-end/support/raw-upstream.ts'
import { Upstream } from '../../end-to-end/support/upstream.ts'
import { type StartedWorker, startWorker } from './support/start-worker.ts'

vi.setConfig({ testTimeout: 30_000 })

let worker: StartedWorker

beforeAll(async () => {
  worker = await startWorker({
    script: new URL('./support/pool-worker.ts', import.meta.url),
    durableObjects: { POOL: 'SluicePool', TIGHT: 'TightPool' },
  })
}, 30_000)

afterAll(() => worker.dispose())

describe('SluicePool in workerd', () => {
  test('sends 100 requests, one after the other, over one connection', async () => {
    const upstream = await Upstream.start('eighty')
    for (let i = 0; i < 100; i++) expect(await textOf(ask(upstream.address, `/${i}`))).toBe(`eighty GET /${i}`)
    expect(upstream.acceptedCount).toBe(1)
    expect(await statisticsOf(upstream.address)).toMatchObject({
      connections: { open: 1, peak: 1, created: 1, failed: 0 },
      requests: { total: 100, underWay: 0, reuseRatio: 0.99 },
    })
  })

  test('opens no more connections than it may for 50 requests at once, and answers each with its own answer', async () => {
    const held: ServerResponse[] = []
    // The first four are answered when all four are there.
    const upstream = await Upstream.start('eighty', (request, response) => {
      if (upstream.requests.length > 4) response.end(request.url)
      else if (held.push(response) === 4) for (const other of held) other.end('of the first four')
    })
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => textOf(ask(upstream.address, `/${i}`))))
    const firstFour = answers.filter((text) => text === 'of the first four')
    expect(firstFour).toHaveLength(4)
    answers.forEach((text, i) => {
      if (text !== 'of the first four') expect(text).toBe(`/${i}`)
    })
    expect(upstream.acceptedCount).toBe(4)
    expect(await statisticsOf(upstream.address)).toMatchObject({ connections: { open: 4, peak: 4, created: 4 } })
  })

  test('takes 16 uploads of 256 KiB at once, more than it has connections for', async () => {
    const upstream = await Upstream.start('eighty', (request, response) => {
      let size = 0
      request.on('data', (chunk: Buffer) => (size += chunk.length))
      request.on('end', () => response.end(String(size)))
    })
    const body = new Uint8Array(256 * 1024).fill(120)
    const answers = await Promise.all(
      Array.from({ length: 16 }, () =>
        textOf(
          fetch(`http://127.0.0.1:${worker.port}/`, {
            method: 'POST',
            body,
            headers: { 'x-target': upstream.address },
          }),
        ),
      ),
    )
    expect(new Set(answers)).toEqual(new Set([String(body.length)]))
    expect(upstream.acceptedCount).toBe(4)
  })

  test('answers 503 when more requests wait than may, and serves the others', async () => {
    const held: ServerResponse[] = []
    const upstream = await Upstream.start('eighty', (_, response) => {
      held.push(response)
    })
    const asked = Array.from({ length: 5 }, () => ask(upstream.address, '/', { 'x-pool': 'TIGHT' }))
    const refused = await firstSettled(asked, 2)
    expect(refused.map(({ status }) => status)).toEqual([503, 503])
    for (let i = 1; i <= 3; i++) {
      await upstream.received(i)
      held.shift()?.end('served')
    }
    const statuses = (await Promise.all(asked)).map(({ status }) => status)
    expect(statuses.sort()).toEqual([200, 200, 200, 503, 503])
    expect(upstream.acceptedCount).toBe(1)
  })

  test('closes a connection that nobody uses after its time, and opens another one', async () => {
    const upstream = await Upstream.start('eighty')
    await textOf(ask(upstream.address, '/a', { 'x-pool': 'TIGHT' }))
    await closeOf(upstream.sockets[0])
    expect(await textOf(ask(upstream.address, '/b', { 'x-pool': 'TIGHT' }))).toBe('eighty GET /b')
    expect(upstream.connections).toEqual([0, 1])
  })

  test('loses nothing when the upstream restarts between two requests', async () => {
    const first = await listen(0, 'first')
    const { port } = first.address() as AddressInfo
    const address = `127.0.0.1:${port}`
    expect(await textOf(ask(address, '/'))).toBe('first')
    first.closeAllConnections()
    await new Promise((resolve) => first.close(resolve))
    const second = await listen(port, 'second')
    expect(await textOf(ask(address, '/'))).toBe('second')
    second.closeAllConnections()
    await new Promise((resolve) => second.close(resolve))
  })

  test('sends a request again that met a kept connection as the upstream closed it', async () => {
    let count = 0
    const upstream = await Upstream.start('eighty', (request, response) => {
      if (++count === 2) request.socket.destroy()
      else response.end(`answer to ${request.url}`)
    })
    expect(await textOf(ask(upstream.address, '/a'))).toBe('answer to /a')
    expect(await textOf(ask(upstream.address, '/b'))).toBe('answer to /b')
    expect(upstream.connections).toEqual([0, 0, 1])
  })

  test('gives the connection of a client that left inside an answer to nobody', async () => {
    const upstream = await Upstream.start('eighty', (request, response) => {
      if (request.url !== '/endless') return void response.end(`answer to ${request.url}`)
      const write = (): void => {
        if (!response.destroyed) response.write('x'.repeat(1000), () => setImmediate(write))
      }
      write()
    })
    const client = await HttpClient.connect(worker.port)
    client.send(`GET /endless HTTP/1.1\r\nHost: worker\r\nX-Target: ${upstream.address}\r\n\r\n`)
    await upstream.received(1)
    await new Promise((resolve) => client.socket.once('data', resolve))
    client.socket.destroy()
    await closeOf(upstream.sockets[0])
    const answers = Array.from({ length: 8 }, (_, i) => textOf(ask(upstream.address, `/${i}`)))
    expect(await Promise.all(answers)).toEqual(answers.map((_, i) => `answer to /${i}`))
    await expect.poll(() => statisticsOf(upstream.address)).toMatchObject({ requests: { underWay: 0 }, clients: 0 })
  })

  test('closes the connections of clients that leave before their answer, also of many at once', async () => {
    const upstreams = await Promise.all(Array.from({ length: 10 }, () => Upstream.start('silent', () => undefined)))
    const clients = await Promise.all(
      upstreams.map(async (upstream) => {
        const client = await HttpClient.connect(worker.port)
        client.send(`GET / HTTP/1.1\r\nHost: a\r\nX-Target: ${upstream.address}\r\n\r\n`)
        await upstream.received(1)
        return client
      }),
    )
    const closed = upstreams.map(({ sockets }) => closeOf(sockets[0]))
    // Only a reset tells that a client is gone before something is sent to it.
    for (const { socket } of clients) socket.resetAndDestroy()
    await Promise.all(closed)
  })

  test('gives the connection of a client that left inside its request to nobody', async () => {
    const upstream = await Upstream.start('eighty', (request, response) => {
      if (request.method === 'GET') response.end(`answer to ${request.url}`)
      else request.resume()
    })
    const client = await HttpClient.connect(worker.port)
    const head = `POST /upload HTTP/1.1\r\nHost: worker\r\nX-Target: ${upstream.address}\r\nContent-Length: 100000\r\n\r\n`
    client.send(`${head}${'x'.repeat(50_000)}`)
    await upstream.received(1)
    client.socket.destroy()
    await closeOf(upstream.sockets[0])
    expect(await textOf(ask(upstream.address, '/next'))).toBe('answer to /next')
    expect(upstream.connections).toEqual([0, 1])
  })

  test('streams a long body both ways while it is being sent', async () => {
    const upstream = await Upstream.start('eighty', (request, response) => request.pipe(response))
    const body = Buffer.alloc(3_000_000, 'sluice ')
    const response = await fetch(`${worker.url}echo`, {
      method: 'POST',
      body,
      headers: { 'x-target': upstream.address },
    })
    expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true)
  })

  test('answers 502 when the upstream cannot be reached, and forwards again as soon as it can', async () => {
    const address = await findClosedAddress()
    const response = await ask(address, '/')
    expect(response.status).toBe(502)
    expect(await statisticsOf(address)).toMatchObject({ connections: { open: 0, failed: 1 } })
    const server = await listen(Number(address.split(':')[1]), 'here')
    expect(await textOf(ask(address, '/'))).toBe('here')
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  test('spreads the requests for a target over as many objects as it is told', async () => {
    const upstream = await Upstream.start('eighty')
    for (let i = 0; i < 40; i++) await textOf(ask(upstream.address, '/', { 'x-objects': '2' }))
    expect(upstream.acceptedCount).toBe(2)
    const names = Object.keys(await allStatistics())
    expect(names).toEqual(expect.arrayContaining([upstream.address, `${upstream.address}#1`]))
  })

  test('keeps what is written as it was written: Host, interim answers, compressed bytes, trailers', async () => {
    const zipped = gzipSync('sluice '.repeat(100))
    let seen = ''
    const answer = [
      'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n',
      `${zipped.length.toString(16)}\r\n${zipped.toString('latin1')}\r\n0\r\nX-Sum: 7\r\n\r\n`,
    ].join('')
    const address = await startRawUpstream((socket) => {
      socket.on('data', (bytes) => {
        seen += bytes.toString('latin1')
        if (seen.endsWith('\r\n\r\n')) socket.write(answer, 'latin1')
      })
    })
    const response = await fetch(`${worker.url}raw`, {
      method: 'POST',
      body: 'GET /a?b HTTP/1.1\r\nHost: other.example\r\nTE: trailers\r\nX-Mixed: Case\r\n\r\n',
      headers: { 'x-target': address, 'x-until': 'x-sum: 7' },
    })
    const received = Buffer.from(await response.arrayBuffer()).toString('latin1')
    expect(seen).toContain('GET /a?b HTTP/1.1\r\nHost: other.example\r\n')
    expect(seen).toContain('X-Mixed: Case\r\n')
    expect(seen.toLowerCase()).not.toContain('via:')
    expect(received).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a>\r\n\r\nHTTP\/1\.1 200 OK\r\n/)
    expect(received).toContain('Content-Encoding: gzip\r\n')
    expect(received).toContain(zipped.toString('latin1'))
    expect(received.endsWith('0\r\nx-sum: 7\r\n\r\n')).toBe(true)
  })

  test.each([
    ['GET', '127.0.0.1:1', 405, 'Cannot take connection: expected POST with a body that is the connection\n'],
    ['POST', undefined, 400, 'Cannot take connection: expected the target in the field "sluice-target"\n'],
    ['POST', 'binding:OTHER', 400, 'Cannot take connection: "binding:OTHER" has no connections\n'],
    ['POST', 'nowhere', 400, 'Cannot take connection: Cannot read address "nowhere"'],
  ])('refuses %s with target %s', async (method, target, status, text) => {
    const response = await fetch(`${worker.url}object`, {
      method,
      headers: target === undefined ? {} : { 'sluice-target': target },
      ...(method === 'POST' ? { body: 'x' } : {}),
    })
    expect(response.status).toBe(status)
    expect((await response.text()).slice(0, text.length)).toBe(text)
  })
})

function ask(target: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(new URL(path, worker.url), { headers: { 'x-target': target, ...headers } })
}

async function textOf(response: Promise<Response>): Promise<string> {
  return await (await response).text()
}

async function allStatistics(): Promise<Readonly<Record<string, PoolStatistics>>> {
  return (await (await fetch(`${worker.url}stats`)).json()) as Readonly<Record<string, PoolStatistics>>
}

async function statisticsOf(target: string): Promise<PoolStatistics | undefined> {
  return (await allStatistics())[target]
}

async function listen(port: number, text: string): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 60_000 }, (_, response) => response.end(text))
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return server
}

/** However it comes about: a connection that is cut may bring an error first. */
function closeOf(socket: Socket | undefined): Promise<unknown> {
  return new Promise((resolve) => socket?.once('close', resolve))
}

/** Waits for those that settle first. */
function firstSettled<T>(promises: readonly Promise<T>[], count: number): Promise<T[]> {
  return new Promise((resolve, reject) => {
    const settled: T[] = []
    for (const promise of promises) {
      promise.then((value) => {
        if (settled.push(value) === count) resolve(settled)
      }, reject)
    }
  })
}
