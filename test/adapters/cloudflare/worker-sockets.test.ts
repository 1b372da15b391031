import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import WebSocket, { WebSocketServer } from 'ws'
import type { DispatcherStatistics } from '../../../src/fetch/dispatcher-pool.ts'
import { type StartedWorker, startWorker } from './support/start-worker.ts'

// Starting a process takes its time on a busy machine.
vi.setConfig({ testTimeout: 20_000, hookTimeout: 60_000 })

let server: Server
let sockets: WebSocketServer
let worker: StartedWorker
let onConnection: (socket: WebSocket) => void

beforeAll(async () => {
  server = createServer((_, response) => response.end('plain'))
  sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) => onConnection(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  worker = await startWorker({
    isDirect: true,
    vars: { PORT: port },
    code: `
      import { pipy } from 'sluice'
      import { sockets, worker } from 'sluice/cloudflare'
      export default worker((env) => pipy({ kind: '' })
        .listen(8000)
          .demuxHTTP('request')
        .pipeline('request')
          .handleMessageStart(({ head }, $) => { $.kind = head.headers['x-kind'] })
          .muxHTTP('connection', () => 'one')
        .pipeline('connection')
          .connect(($) => $.kind + '://127.0.0.1:' + env.PORT), {
            sockets,
            routes: (request, _, statistics) =>
              new URL(request.url).pathname === '/_statistics' ? Response.json(statistics()) : undefined,
          })
    `,
  })
})

afterAll(async () => {
  await worker?.dispose()
  server.closeAllConnections()
  sockets.close()
  await new Promise((resolve) => server.close(resolve))
})

describe.each(['tcp', 'http'])('the dispatcher of a WebSocket to a target %s:// is free', (kind) => {
  async function busy(): Promise<{ busy: number; inFlight: number }> {
    const answer = await fetch(`${worker.url}_statistics`)
    const { dispatchers, inFlight } = (await answer.json()) as {
      dispatchers: DispatcherStatistics[]
      inFlight: number
    }
    return { busy: dispatchers.reduce((sum, dispatcher) => sum + dispatcher.busy, 0), inFlight }
  }

  async function open(): Promise<WebSocket> {
    const socket = new WebSocket(worker.url.replace('http', 'ws'), { headers: { 'x-kind': kind } })
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    return socket
  }

  test.each<[string, (client: WebSocket, upstream: WebSocket) => void]>([
    ['the client closed it', (client) => client.close(1000, 'bye')],
    ['the client left', (client) => client.terminate()],
    ['the upstream closed it', (_, upstream) => upstream.close(1001, 'going')],
    ['the upstream left', (_, upstream) => upstream.terminate()],
  ])('when %s', async (_, end) => {
    const accepted = new Promise<WebSocket>((resolve) => (onConnection = resolve))
    const client = await open()
    const upstream = await accepted
    const over = new Promise((resolve) => client.once('close', resolve))
    const upstreamOver = new Promise((resolve) => upstream.once('close', resolve))
    expect(await busy()).toMatchObject({ busy: 1 })
    end(client, upstream)
    await Promise.all([over, upstreamOver])
    await expect.poll(busy, { timeout: 5000 }).toEqual({ busy: 0, inFlight: 0 })
  })
})
