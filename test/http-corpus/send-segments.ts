import type { Socket } from 'node:net'

/** How the sender learns that a segment has arrived. */
export interface Taking {
  /** Bytes that the other side has taken so far. */
  readonly takenBytes: () => number
  /** Whether the connection is over: nothing more will be taken. */
  readonly isOver: () => boolean
  /** Waits until one of the two may have changed. */
  readonly moved: () => Promise<void>
}

/** Sends segments, each when the one before it has been taken, so that none arrives together with another. */
export async function sendSegments(socket: Socket, segments: readonly string[], taking: Taking): Promise<void> {
  let awaitedBytes = taking.takenBytes()
  for (const segment of segments) {
    if (taking.isOver()) return
    socket.write(segment, 'latin1')
    awaitedBytes += segment.length
    while (taking.takenBytes() < awaitedBytes && !taking.isOver()) await taking.moved()
  }
}
