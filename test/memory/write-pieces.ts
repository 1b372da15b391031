import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { Writable } from 'node:stream'

const PIECE_BYTES = 64 * 1024

/** Writes a body of which no two pieces are alike, as fast as it is taken. @returns its digest */
export async function writePieces(stream: Writable, totalBytes: number): Promise<string> {
  const hash = createHash('sha1')
  for (let size = 0; size < totalBytes; size += PIECE_BYTES) {
    const piece = Buffer.alloc(Math.min(PIECE_BYTES, totalBytes - size), `piece at ${size}, `)
    hash.update(piece)
    if (!stream.write(piece)) await once(stream, 'drain')
  }
  stream.end()
  return hash.digest('hex')
}
