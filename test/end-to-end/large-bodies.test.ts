import type { Socket } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import { HttpClient } from './support/http-client.ts'
import { PacedReader } from './support/paced-reader.ts'
import { poolScript } from './support/pool-script.ts'
import { ProxyProcess } from './support/proxy-process.ts'
import { startRawUpstream } from './support/raw-upstream.ts'
import { createScriptFolder } from './support/script-folder.ts'
import { sendBody, type SentBody } from './support/send-body.ts'

vi.setConfig({ testTimeout: 60_000 })

const MIB = 1024 * 1024
const BODY_BYTES = 200 * MIB
const MAX_MEMORY_BYTES = 150 * MIB
/** What the system buffers for two connections, and what the proxy may hold. */
const MAX_ON_THE_WAY_BYTES = 32 * MIB

// Linux tells how much memory a process has had in use at most.
describe.runIf(process.platform === 'linux')('a body of 200 MiB', () => {
  test('passes to a slow upstream in bounded memory', async () => {
    const reader = new PacedReader()
    let digest: Promise<string> | undefined
    const upstream = await startRawUpstream((socket) => {
      digest = reader.read(socket, BODY_BYTES)
      void digest.then(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nreceived'))
    })
    const proxy = await startPool(upstream)
    const client = await HttpClient.connect(proxy.port)
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${BODY_BYTES}\r\n\r\n`)
    const sent = await sendBody(client.socket, BODY_BYTES, () => reader.bodyBytes)
    expect(await client.readAnswer()).toMatchObject({ status: 200, body: 'received' })
    expectBounded(proxy, sent, (await digest) as string)
  })

  test('passes to a slow client in bounded memory', async () => {
    const reader = new PacedReader()
    let sent: Promise<SentBody> | undefined
    const upstream = await startRawUpstream((socket) =>
      socket.once('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${BODY_BYTES}\r\n\r\n`)
        sent = sendBody(socket, BODY_BYTES, () => reader.bodyBytes)
      }),
    )
    const proxy = await startPool(upstream)
    const socket = await connectTo(proxy.port)
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    const digest = await reader.read(socket, BODY_BYTES)
    expectBounded(proxy, (await sent) as SentBody, digest)
  })
})

function expectBounded(proxy: ProxyProcess, sent: SentBody, digest: string): void {
  expect(digest).toBe(sent.digest)
  expect(sent.mostOnTheWayBytes).toBeLessThan(MAX_ON_THE_WAY_BYTES)
  expect(proxy.peakMemoryBytes).toBeLessThan(MAX_MEMORY_BYTES)
}

async function startPool(upstream: string): Promise<ProxyProcess> {
  const folder = createScriptFolder({ 'proxy.js': poolScript({ '/*': upstream }) })
  return await ProxyProcess.start(['proxy.js'], { folder })
}

/** A connection that nobody reads yet. */
async function connectTo(port: number): Promise<Socket> {
  const client = await HttpClient.connect(port)
  client.socket.removeAllListeners('data').pause()
  return client.socket
}
