import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { MeasuredProxy } from './measured-proxy.ts'
import { poolScript } from './pool-script.ts'
import { listen } from './sockets.ts'
import { type MemorySettings, showMegabytes, type Work, type WorkResult } from './work.ts'

const MIB = 1024 * 1024
const MAX_GROWTH_BYTES = 64e6
const PIECE = Buffer.alloc(64 * 1024, 'x')

/** A large body in each direction, at the same time, to peers that take them slowly. */
export const transfers: Work = {
  name: 'transfers',
  run: async (settings) => {
    const { totalBytes, bytesPerSecond } = sizeOf(settings)
    const upstream = createServer((incoming, answer) => {
      if (incoming.method === 'PUT') void readSlowly(incoming, bytesPerSecond).then((size) => answer.end(String(size)))
      else {
        answer.writeHead(200, { 'content-length': totalBytes })
        void writeAll(answer, totalBytes)
      }
    })
    upstream.requestTimeout = 0
    const port = await listen(upstream)
    const proxy = await MeasuredProxy.start(poolScript(port), settings.nodeFile)
    try {
      await warmUp(proxy.port)
      const idleBytes = proxy.residentBytes
      let received = 0
      let sent = 0
      const peakBytes = await proxy.peakDuring(async () => {
        ;[received, sent] = await Promise.all([download(proxy.port, bytesPerSecond), upload(proxy.port, totalBytes)])
      })
      return describe({ idleBytes, peakBytes, received, sent, totalBytes, bytesPerSecond })
    } finally {
      await proxy.stop()
      upstream.closeAllConnections()
      upstream.close()
    }
  },
}

function sizeOf({ isFull, isTiny }: MemorySettings): { totalBytes: number; bytesPerSecond: number } {
  if (isFull) return { totalBytes: 1024 * MIB, bytesPerSecond: 1e6 }
  return isTiny === true
    ? { totalBytes: 4 * MIB, bytesPerSecond: 8 * MIB }
    : { totalBytes: 128 * MIB, bytesPerSecond: 16 * MIB }
}

function describe(figures: {
  idleBytes: number
  peakBytes: number
  received: number
  sent: number
  totalBytes: number
  bytesPerSecond: number
}): WorkResult {
  const { idleBytes, peakBytes, received, sent, totalBytes, bytesPerSecond } = figures
  const growth = peakBytes - idleBytes
  const isWhole = received === totalBytes && sent === totalBytes
  return {
    text:
      `${showMegabytes(totalBytes)} down and as much up at once, to peers that take ${showMegabytes(bytesPerSecond)}/s: ` +
      `idle ${showMegabytes(idleBytes)}, peak ${showMegabytes(peakBytes)}, ${showMegabytes(growth)} more ` +
      `(at most ${showMegabytes(MAX_GROWTH_BYTES)}); ${isWhole ? 'all bytes came' : `${received} and ${sent} bytes came`}`,
    isWithinBounds: growth <= MAX_GROWTH_BYTES && isWhole,
    figures,
  }
}

/** Reads at a pace, as a peer does that has a slow line. */
async function readSlowly(stream: IncomingMessage, bytesPerSecond: number): Promise<number> {
  const startMs = performance.now()
  let size = 0
  for await (const chunk of stream) {
    size += (chunk as Buffer).length
    const dueMs = startMs + (1000 * size) / bytesPerSecond
    if (dueMs > performance.now()) await wait(dueMs - performance.now())
  }
  return size
}

async function writeAll(stream: NodeJS.WritableStream, totalBytes: number): Promise<void> {
  for (let size = 0; size < totalBytes; size += PIECE.length) {
    if (!stream.write(PIECE.subarray(0, totalBytes - size))) await once(stream, 'drain')
  }
  stream.end()
}

async function download(port: number, bytesPerSecond: number): Promise<number> {
  const asking = request({ host: '127.0.0.1', port, path: '/down', agent: false })
  asking.end()
  const [answer] = (await once(asking, 'response')) as [IncomingMessage]
  return readSlowly(answer, bytesPerSecond)
}

async function upload(port: number, totalBytes: number): Promise<number> {
  const asking = request({
    host: '127.0.0.1',
    port,
    method: 'PUT',
    path: '/up',
    agent: false,
    headers: { 'content-length': totalBytes },
  })
  const answering = once(asking, 'response') as Promise<[IncomingMessage]>
  await writeAll(asking, totalBytes)
  const [answer] = await answering
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) text += chunk as string
  return Number(text)
}

async function warmUp(port: number): Promise<void> {
  for (let i = 0; i < 200; i++) await upload(port, 1000)
}
