import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'

const INTERVAL_MS = 20
/** What is taken at once: no pace is seen in less. */
const BURST_BYTES = 64 * 1024

/** What was read. */
export interface ReadBytes {
  readonly size: number
  readonly digest: string
}

/** Reads all of a stream, and at no time more than the pace allows: it is paused meanwhile, as a peer's on a slow line. */
export async function readAtPace(stream: Readable, bytesPerSecond: number): Promise<ReadBytes> {
  const hash = createHash('sha1')
  const startMs = performance.now()
  let size = 0
  const allowed = (): number => BURST_BYTES + ((performance.now() - startMs) * bytesPerSecond) / 1000
  const pacing = setInterval(() => {
    if (size <= allowed()) stream.resume()
  }, INTERVAL_MS)
  try {
    await new Promise<void>((resolve, reject) => {
      stream.once('end', resolve).once('error', reject)
      stream.once('close', () => reject(new Error(`Cannot read on: the stream is cut after ${size} bytes`)))
      stream.on('data', (bytes: Buffer) => {
        size += bytes.length
        hash.update(bytes)
        if (size > allowed()) stream.pause()
      })
    })
  } finally {
    clearInterval(pacing)
  }
  return { size, digest: hash.digest('hex') }
}
