import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'

const PIECE_BYTES = 64 * 1024

/** What was sent. */
export interface SentBody {
  readonly digest: string
  /** The most that had been sent and had not yet arrived. */
  readonly mostOnTheWayBytes: number
}

/**
 * Sends a body of which no two pieces are alike, as fast as the socket takes it.
 * @param arrivedBytes tells how much has arrived where it is read
 */
export async function sendBody(socket: Socket, bodyBytes: number, arrivedBytes: () => number): Promise<SentBody> {
  const hash = createHash('sha1')
  let mostOnTheWayBytes = 0
  for (let sentBytes = 0; sentBytes < bodyBytes; sentBytes += PIECE_BYTES) {
    const piece = Buffer.alloc(Math.min(PIECE_BYTES, bodyBytes - sentBytes), `piece at ${sentBytes}, `)
    hash.update(piece)
    if (!socket.write(piece)) await new Promise((resolve) => socket.once('drain', resolve))
    mostOnTheWayBytes = Math.max(mostOnTheWayBytes, sentBytes + piece.length - arrivedBytes())
  }
  return { digest: hash.digest('hex'), mostOnTheWayBytes }
}
