import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import { MeasuredProxy } from './measured-proxy.ts'
import { poolScript } from './pool-script.ts'
import { readAtPace, type ReadBytes } from './read-at-pace.ts'
import { listen } from './sockets.ts'
import { type MemorySettings, showMegabytes, type Work, type WorkResult } from './work.ts'
import { writePieces } from './write-pieces.ts'

const MIB = 1024 * 1024
const MAX_GROWTH_BYTES = 64e6
const WARM_UPS = 200
const NOTHING: ReadBytes = { size: 0, digest: '' }

/** A large body in each direction, at the same time, to peers that take them slowly. */
export const transfers: Work = {
  name: 'transfers',
  run: async (settings) => {
    const { totalBytes, bytesPerSecond } = sizeOf(settings)
    const digests: Promise<string>[] = []
    const upstream = createServer((incoming, answer) => {
      if (incoming.method === 'PUT') {
        void readAtPace(incoming, bytesPerSecond).then(
          (read) => answer.end(JSON.stringify(read)),
          () => answer.destroy(),
        )
        return
      }
      answer.writeHead(200, { 'content-length': totalBytes })
      digests.push(writePieces(answer, totalBytes))
    })
    upstream.requestTimeout = 0
    const port = await listen(upstream)
    const proxy = await MeasuredProxy.start(poolScript(port), settings.nodeFile)
    try {
      for (let i = 0; i < WARM_UPS; i++) await upload(proxy.port, 1000)
      const idleBytes = proxy.residentBytes
      let received = NOTHING
      let uploaded = { sent: '', read: NOTHING }
      const peakBytes = await proxy.peakDuring(async () => {
        ;[received, uploaded] = await Promise.all([
          download(proxy.port, bytesPerSecond),
          upload(proxy.port, totalBytes),
        ])
      })
      const isDownIntact = received.size === totalBytes && received.digest === (await digests[0])
      const isUpIntact = uploaded.read.size === totalBytes && uploaded.read.digest === uploaded.sent
      return describe(
        { idleBytes, peakBytes, received: received.size, sent: uploaded.read.size, totalBytes, bytesPerSecond },
        isDownIntact && isUpIntact,
      )
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
    : { totalBytes: 64 * MIB, bytesPerSecond: 16 * MIB }
}

interface Figures extends Readonly<Record<string, number>> {
  readonly idleBytes: number
  readonly peakBytes: number
  readonly received: number
  readonly sent: number
  readonly totalBytes: number
  readonly bytesPerSecond: number
}

function describe(figures: Figures, isIntact: boolean): WorkResult {
  const { idleBytes, peakBytes, received, sent, totalBytes, bytesPerSecond } = figures
  const growth = peakBytes - idleBytes
  return {
    text:
      `${showMegabytes(totalBytes)} down and as much up at once, to peers that take ${showMegabytes(bytesPerSecond)}/s: ` +
      `idle ${showMegabytes(idleBytes)}, peak ${showMegabytes(peakBytes)}, ${showMegabytes(growth)} more ` +
      `(at most ${showMegabytes(MAX_GROWTH_BYTES)}); ` +
      (isIntact ? 'every byte came, unchanged' : `CHANGED: ${received} and ${sent} bytes came`),
    isWithinBounds: growth <= MAX_GROWTH_BYTES && isIntact,
    figures,
  }
}

async function download(port: number, bytesPerSecond: number): Promise<ReadBytes> {
  const asking = request({ host: '127.0.0.1', port, path: '/down', agent: false })
  asking.end()
  const [answer] = (await once(asking, 'response')) as [IncomingMessage]
  return readAtPace(answer, bytesPerSecond)
}

/** @returns what was sent, and what the upstream says that it read */
async function upload(port: number, totalBytes: number): Promise<{ sent: string; read: ReadBytes }> {
  const headers = { 'content-length': totalBytes }
  const asking = request({ host: '127.0.0.1', port, method: 'PUT', path: '/up', agent: false, headers })
  const answering = once(asking, 'response') as Promise<[IncomingMessage]>
  const sent = await writePieces(asking, totalBytes)
  const [answer] = await answering
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) text += chunk as string
  return { sent, read: JSON.parse(text) as ReadBytes }
}
