import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import { MeasuredProxy } from './measured-proxy.ts'
import { poolScript } from './pool-script.ts'
import { listen } from './sockets.ts'
import { until } from './until.ts'
import { showMegabytes, type Work } from './work.ts'

const BODY_BYTES = 256 * 1024
const PIECES = 16
const PIECE_INTERVAL_MS = 100
const MAX_GROWTH_PER_UPLOAD = 128 * 1024

/** Many uploads at once, each at a slow pace. */
export const uploads: Work = {
  name: 'uploads',
  run: async ({ isFull, isTiny, nodeFile }) => {
    const count = isFull ? 1_000 : isTiny === true ? 10 : 400
    let begun = 0
    const upstream = createServer((incoming, answer) => {
      begun++
      const hash = createHash('sha256')
      incoming.on('data', (chunk: Buffer) => hash.update(chunk)).on('end', () => answer.end(hash.digest('hex')))
    })
    const proxy = await MeasuredProxy.start(poolScript(await listen(upstream)), nodeFile)
    try {
      let intact = 0
      const uploadAtOnce = async (first: number, number: number): Promise<void> => {
        const haveAllBegun = (): boolean => begun === first + number
        const all = await Promise.all(
          Array.from({ length: number }, (_, i) => upload(proxy.port, first + i, haveAllBegun)),
        )
        intact += all.filter(Boolean).length
      }
      // The first ones take what the process needs to get warm.
      const warmUp = Math.ceil(count / 10)
      await uploadAtOnce(0, warmUp)
      const idleBytes = proxy.residentBytes
      const peakBytes = await proxy.peakDuring(() => uploadAtOnce(warmUp, count))
      const growth = Math.round((peakBytes - idleBytes) / count)
      return {
        text:
          `${count.toLocaleString('en')} uploads of ${showMegabytes(BODY_BYTES)} at once, after ${warmUp.toLocaleString('en')}: ${intact.toLocaleString('en')} intact; ` +
          `before ${showMegabytes(idleBytes)}, peak ${showMegabytes(peakBytes)}, ${growth.toLocaleString('en')} bytes an upload ` +
          `(at most ${MAX_GROWTH_PER_UPLOAD.toLocaleString('en')})`,
        // What a few of them need is lost in what the process needs anyhow.
        isWithinBounds: intact === warmUp + count && (count < 400 || growth <= MAX_GROWTH_PER_UPLOAD),
        figures: { count, intact, idleBytes, peakBytes },
      }
    } finally {
      await proxy.stop()
      upstream.closeAllConnections()
      upstream.close()
    }
  },
}

/**
 * Sends its second half when all others have begun, so that they are under way at once.
 * @returns whether the upstream got what was sent
 */
async function upload(port: number, number: number, haveAllBegun: () => boolean): Promise<boolean> {
  const body = Buffer.alloc(BODY_BYTES, `upload ${number} `)
  const headers = { 'content-length': BODY_BYTES }
  const asking = request({ host: '127.0.0.1', port, method: 'PUT', path: `/${number}`, agent: false, headers })
  const answering = once(asking, 'response') as Promise<[IncomingMessage]>
  let sent = 0
  const sendPiece = (): boolean => {
    if (sent === PIECES / 2 && !haveAllBegun()) return false
    asking.write(body.subarray((sent * BODY_BYTES) / PIECES, ((sent + 1) * BODY_BYTES) / PIECES))
    return ++sent === PIECES
  }
  await until(`upload ${number} is sent`, sendPiece, { intervalMs: PIECE_INTERVAL_MS })
  asking.end()
  const [answer] = await answering
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) text += chunk as string
  return text === createHash('sha256').update(body).digest('hex')
}
