import type { Socket } from 'node:net'
import { getSystemErrorName } from 'node:util'

/** Node's request to write, made for each write and of use to the system only when it cannot write at once. */
interface WriteRequest {
  oncomplete?: (status: number) => void
}

/** What node:net writes with. */
interface StreamWrap {
  readonly WriteWrap: new () => WriteRequest
  /** What came of the last call, by the places in it that the other fields name. */
  readonly streamBaseState: ArrayLike<number>
  readonly kLastWriteWasAsync: number
}

interface SystemSocket {
  readonly _handle: { writeLatin1String?(request: WriteRequest, text: string): number } | null
}

/**
 * What came of a text. `written`: the system has all of it. `queued`: it will have, and says so. `refused`: nothing has
 * happened, and `socket.write` is to be used.
 */
export type WriteOutcome = 'written' | 'queued' | 'refused'

const streamWrap = findStreamWrap()
let spare: WriteRequest | undefined

/**
 * Gives a text to the system in the way in which `socket.write` does in the end, without the queue, the callback and the
 * request object of each write before it: 3 to 6 % of the time of a small request. Where Node has no such way (its
 * permission model closes it; other runtimes have none) it refuses, and nothing but that time is lost.
 * @param socket has nothing in its queue and is not connecting
 * @param text ISO 8859-1
 * @param onWritten called after `queued` when the system has everything. When it fails the socket is destroyed with the
 * error instead, as by `socket.write`
 */
export function writeText(socket: Socket, text: string, onWritten: () => void): WriteOutcome {
  const handle = (socket as unknown as SystemSocket)._handle
  if (streamWrap === undefined || handle?.writeLatin1String === undefined) return 'refused'
  spare ??= new streamWrap.WriteWrap()
  // An error is met again by `socket.write`, and told by that.
  if (handle.writeLatin1String(spare, text) !== 0) return 'refused'
  if (streamWrap.streamBaseState[streamWrap.kLastWriteWasAsync] === 0) return 'written'
  spare.oncomplete = (status) => {
    if (status < 0) socket.destroy(toError(status))
    else onWritten()
  }
  // It is the system's until then.
  spare = undefined
  return 'queued'
}

function findStreamWrap(): StreamWrap | undefined {
  const { binding } = process as unknown as { binding?: (name: string) => Partial<StreamWrap> }
  try {
    const { WriteWrap, streamBaseState, kLastWriteWasAsync } = binding?.('stream_wrap') ?? {}
    if (typeof WriteWrap !== 'function' || streamBaseState === undefined) return undefined
    return typeof kLastWriteWasAsync === 'number' ? { WriteWrap, streamBaseState, kLastWriteWasAsync } : undefined
  } catch {
    // The permission model forbids it.
    return undefined
  }
}

function toError(status: number): Error {
  const code = getSystemErrorName(status)
  return Object.assign(new Error(`write ${code}`), { code, errno: status, syscall: 'write' })
}
