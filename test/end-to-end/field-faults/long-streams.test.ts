import { expect, test, vi } from 'vitest'
import { HttpClient } from '../support/http-client.ts'
import { PoolProxy } from '../support/pool-proxy.ts'
import { TalkingUpstream } from '../support/talking-upstream.ts'

vi.setConfig({ testTimeout: 20_000 })

/** Each time that the proxy knows, so short that the streams below last several times as long. */
const SHORT_MS = 200
const ALL_SHORT = {
  listen: { idleTimeoutMs: SHORT_MS },
  demuxHTTP: { headTimeoutMs: SHORT_MS, bodyTimeoutMs: SHORT_MS, keepAliveTimeoutMs: SHORT_MS },
  muxHTTP: {
    maxIdleMs: SHORT_MS,
    queueTimeoutMs: SHORT_MS,
    responseTimeoutMs: SHORT_MS,
    bodyTimeoutMs: SHORT_MS,
  },
  connect: { connectTimeoutMs: SHORT_MS, idleTimeoutMs: SHORT_MS },
} as const
const EVENT_INTERVAL_MS = 40
const EVENTS = 40
const EVENT = 'data: x\n\n'
const CHUNK = `${EVENT.length.toString(16)}\r\n${EVENT}\r\n`

test('events that keep coming are no stream that has stopped, however long it lasts, whatever time is set', async () => {
  const upstream = await TalkingUpstream.start((socket) => {
    let count = 0
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n')
    const sending = setInterval(() => {
      socket.write(++count < EVENTS ? CHUNK : `${CHUNK}0\r\n\r\n`)
      if (count === EVENTS) clearInterval(sending)
    }, EVENT_INTERVAL_MS)
  })
  const proxy = await PoolProxy.start({ route: upstream.address, ...ALL_SHORT })
  const client = await HttpClient.connect(proxy.port)
  const startedAt = performance.now()
  const { status, body } = await client.get('/events')
  expect({ status, body }).toEqual({ status: 200, body: EVENT.repeat(EVENTS) })
  expect(performance.now() - startedAt).toBeGreaterThan(4 * SHORT_MS)
})

test('each event arrives before the next one is sent: nothing is held back', async () => {
  const upstream = await TalkingUpstream.start((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n')
  })
  const proxy = await PoolProxy.start({ route: upstream.address })
  const client = await HttpClient.connect(proxy.port)
  let received = ''
  client.socket.removeAllListeners('data').on('data', (bytes: Buffer) => (received += String(bytes)))
  client.send('GET /events HTTP/1.1\r\nHost: a\r\n\r\n')
  await upstream.hasConnections(1)
  for (let i = 1; i <= 20; i++) {
    for (const socket of upstream.open) socket.write(CHUNK)
    await vi.waitFor(() => expect(received.split(EVENT)).toHaveLength(i + 1), { interval: 1 })
  }
})

test('an upload that keeps coming is none that has stopped, however long it lasts', async () => {
  const upstream = await TalkingUpstream.start((socket, _, connection) => {
    if (upstream.received[connection]?.endsWith('0\r\n\r\n'))
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  })
  const proxy = await PoolProxy.start({ route: upstream.address, ...ALL_SHORT })
  const client = await HttpClient.connect(proxy.port)
  client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
  let count = 0
  const sending = setInterval(() => {
    client.send(++count < EVENTS ? CHUNK : `${CHUNK}0\r\n\r\n`)
    if (count === EVENTS) clearInterval(sending)
  }, EVENT_INTERVAL_MS)
  expect(await client.readAnswer()).toMatchObject({ status: 200, body: 'ok' })
  expect(upstream.text.split(EVENT)).toHaveLength(EVENTS + 1)
})

test('a stream that has stopped is cut for its client and its upstream when the time is over, and not made to look whole', async () => {
  const upstream = await TalkingUpstream.start((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNK}`)
  })
  const proxy = await PoolProxy.start({ route: upstream.address, muxHTTP: { bodyTimeoutMs: SHORT_MS } })
  const client = await HttpClient.connect(proxy.port)
  await expect(client.get('/events')).rejects.toThrow(/ECONNRESET|ended after/)
  await vi.waitFor(() => expect(upstream.open.size).toBe(0))
})
