import type { Socket } from 'node:net'
import { pipy } from 'sluice'
import { serve } from 'sluice/node'
import { expect, onTestFinished, test, vi } from 'vitest'
import { RecordingLog } from '../../support/recording-log.ts'
import { HttpClient } from '../support/http-client.ts'
import { countOpenFiles } from '../support/pool-proxy.ts'

vi.setConfig({ testTimeout: 30_000 })

const CYCLES = 200

/** What became of the requests that a handler got. */
interface Seen {
  begun: number
  aborted: number
  cancelled: number
}

async function startHandler(handler: (request: Request, seen: Seen) => Response | Promise<Response>) {
  const seen: Seen = { begun: 0, aborted: 0, cancelled: 0 }
  const log = new RecordingLog()
  const proxy = pipy()
    .listen('127.0.0.1:0')
    .demuxHTTP((request) =>
      request.serveFetch((given) => {
        seen.begun++
        given.signal.addEventListener('abort', () => seen.aborted++)
        return handler(given, seen)
      }),
    )
  const server = await serve(proxy, { log })
  onTestFinished(() => server.close())
  return { seen, log, server, port: server.addresses[0]?.port as number }
}

/** A stream of events without end. */
function eventsWithoutEnd(seen: Seen, cancel: () => void): Response {
  let sending: ReturnType<typeof setInterval>
  const stream = new ReadableStream({
    start(controller) {
      sending = setInterval(() => controller.enqueue(new TextEncoder().encode('data: x\n\n')), 2)
    },
    cancel() {
      clearInterval(sending)
      seen.cancelled++
      cancel()
    },
  })
  return new Response(stream, { headers: { 'content-type': 'text/event-stream' } })
}

const LEAVINGS: readonly { readonly how: string; readonly leave: (socket: Socket) => void }[] = [
  { how: 'closing', leave: (socket) => socket.destroy() },
  { how: 'a reset', leave: (socket) => socket.resetAndDestroy() },
]

test.each(LEAVINGS)(`a client that leaves a stream of events by $how, ${CYCLES} times, ends it`, async ({ leave }) => {
  const { seen, log, server, port } = await startHandler((_, all) => eventsWithoutEnd(all, () => undefined))
  const filesBefore = countOpenFiles()
  for (let i = 1; i <= CYCLES; i++) {
    const client = await HttpClient.connect(port)
    const first = new Promise((resolve) => client.socket.once('data', resolve))
    client.send('GET /events HTTP/1.1\r\nHost: a\r\n\r\n')
    await first
    leave(client.socket)
    await vi.waitFor(() => expect(seen).toEqual({ begun: i, aborted: i, cancelled: i }), { interval: 1 })
  }
  await vi.waitFor(() => expect(server.connectionCount).toBe(0))
  await vi.waitFor(() => expect(countOpenFiles()).toBeLessThanOrEqual(filesBefore + 2))
  expect(log.entries.filter((entry) => !entry.startsWith('debug'))).toEqual([])
})

test('a handler that never answers learns that its client has gone, and so does one that answers too late', async () => {
  const late: (() => void)[] = []
  const { seen, log, server, port } = await startHandler(
    (_, all) => new Promise((resolve) => late.push(() => resolve(eventsWithoutEnd(all, () => undefined)))),
  )
  for (let i = 1; i <= CYCLES; i++) {
    const client = await HttpClient.connect(port)
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await vi.waitFor(() => expect(seen.begun).toBe(i), { interval: 1 })
    client.socket.resetAndDestroy()
    await vi.waitFor(() => expect(seen.aborted).toBe(i), { interval: 1 })
  }
  for (const answer of late) answer()
  await vi.waitFor(() => expect(seen.cancelled).toBe(CYCLES))
  expect(server.connectionCount).toBe(0)
  expect(log.messages('error')).toEqual([])
})

test('a stream that throws when it is not wanted any more hurts nobody', async () => {
  const { seen, server, port } = await startHandler((_, all) =>
    eventsWithoutEnd(all, () => {
      throw new Error('from a cancel')
    }),
  )
  const client = await HttpClient.connect(port)
  const first = new Promise((resolve) => client.socket.once('data', resolve))
  client.send('GET /events HTTP/1.1\r\nHost: a\r\n\r\n')
  await first
  client.socket.resetAndDestroy()
  await vi.waitFor(() => expect([seen.cancelled, server.connectionCount]).toEqual([1, 0]))
})

test('a handler that reads a body whose client breaks off gets an error, not an end', async () => {
  const outcomes: unknown[] = []
  const { log, port } = await startHandler(async (request) => {
    outcomes.push(await request.text().catch((error: unknown) => error))
    return new Response('for nobody')
  })
  for (const framing of ['Content-Length: 100', 'Transfer-Encoding: chunked']) {
    const client = await HttpClient.connect(port)
    client.send(`POST / HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n5\r\nfirst\r\n`)
    client.socket.resetAndDestroy()
  }
  await vi.waitFor(() => expect(outcomes).toHaveLength(2))
  for (const outcome of outcomes) expect(outcome).toBeInstanceOf(Error)
  expect(log.messages('error')).toEqual([])
})
