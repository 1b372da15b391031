import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type StartedWorker, startWorker } from './support/start-worker.ts'

// Starting a process takes its time on a busy machine.
vi.setConfig({ testTimeout: 20_000, hookTimeout: 60_000 })

let upstream: Server
let worker: StartedWorker
let port: number
let serve: (socket: Socket) => void

beforeAll(async () => {
  upstream = createServer({ allowHalfOpen: true }, (socket) => serve(socket)).listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  port = await unusedPort()
  worker = await startWorker({
    connectPort: port,
    vars: { TARGET: `127.0.0.1:${(upstream.address() as AddressInfo).port}` },
    code: `
      import { pipy, Message } from 'sluice'
      import { sockets, worker } from 'sluice/cloudflare'
      export default worker((env) => pipy()
        .listen(1)
          .demuxHTTP((p) => p.replaceMessage(new Message('by HTTP')))
        .listen(${port})
          .handleSessionEnd(() => console.log('session over'))
          .connect(env.TARGET), { sockets })
    `,
  })
})

afterAll(async () => {
  await worker?.dispose()
  await new Promise((resolve) => upstream.close(resolve))
})

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: unused } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return unused
}

async function readAll(socket: Socket): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of socket) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}

test('worker takes raw connections for the listen pipeline with their port, and Requests for the one of HTTP', async () => {
  serve = (socket) => {
    socket.write('welcome\n')
    socket.pipe(socket)
  }
  expect(await (await fetch(worker.url)).text()).toBe('by HTTP')
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const sent = Buffer.alloc(1_000_000, 'bytes')
  client.end(sent)
  expect((await readAll(client)).equals(Buffer.concat([Buffer.from('welcome\n'), sent]))).toBe(true)
  await expect.poll(() => worker.lines).toContain('session over')
})

test('worker closes a raw connection whose upstream is gone', async () => {
  serve = (socket) => socket.once('data', () => socket.resetAndDestroy())
  const client = connect(port, '127.0.0.1')
  client.write('anything')
  client.on('error', () => undefined)
  await once(client, 'close')
})

test('worker ends the connection to the upstream when the client of a raw connection is gone', async () => {
  const isClosed = new Promise((resolve) => {
    serve = (socket) => {
      socket.on('error', () => undefined)
      socket.once('close', resolve)
      socket.once('end', () => socket.end())
      socket.write('welcome')
      socket.resume()
    }
  })
  const client = connect(port, '127.0.0.1')
  await once(client, 'data')
  client.resetAndDestroy()
  await isClosed
})
