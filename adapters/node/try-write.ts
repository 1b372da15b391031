import { writeSync, writevSync } from 'node:fs'
import type { Socket } from 'node:net'

/** The system handle of a socket. Node has had `fd` in it since long before it had promises, and documents neither. */
interface SystemSocket {
  readonly _handle: { readonly fd?: number } | null
}

/** Text of up to this size goes with the bytes behind it in one call. */
export const MAX_TRIED_TEXT_BYTES = 16 * 1024

const textBytes = Buffer.allocUnsafeSlow(MAX_TRIED_TEXT_BYTES)

/**
 * Gives the system as much as it takes at once, past the socket's own queue: the one way to learn how much of a buffer
 * that another socket will read into is still needed. It also takes half the time of `socket.write`.
 * @param socket has nothing in its queue
 * @param text ISO 8859-1, at most MAX_TRIED_TEXT_BYTES
 * @returns how many bytes of the text and then of the bytes it took; 0 also when it cannot be asked, and for errors, which
 * `socket.write` meets next and tells
 */
export function tryWrite(socket: Socket, text: string, bytes: Uint8Array): number {
  // Asked each time: a closed socket has no handle, and its number may be another one's already.
  const fd = (socket as unknown as SystemSocket)._handle?.fd ?? -1
  if (fd < 0) return 0
  try {
    if (text === '') return writeSync(fd, bytes)
    const size = textBytes.write(text, 'latin1')
    return writevSync(fd, [textBytes.subarray(0, size), bytes])
  } catch {
    return 0
  }
}
