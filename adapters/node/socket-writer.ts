import type { Socket } from 'node:net'
import type { Data } from '../../src/events.ts'
import { type Flushable, flushQueue } from './flush-queue.ts'
import { decodeLatin1 } from './latin1.ts'
import { type ReadBuffer, readBuffers } from './read-buffers.ts'

/** Bytes up to this size become text and leave together with what was written before. */
const MAX_TEXT_BYTES = 4 * 1024
/** Text is sent when this much is collected: as much as Node writes without an allocation. */
const MAX_COLLECTED_BYTES = 16 * 1024
/** Bytes that the system did not take yet, beyond which the writer is full. */
const HIGH_WATER_BYTES = 64 * 1024

/**
 * Writes to a socket. Small pieces are collected as one text and sent when the I/O callback ends; large ones are sent at
 * once, from the buffer that they were read into.
 */
export class SocketWriter implements Flushable {
  readonly #socket: Socket
  readonly #onDrain: () => void
  #text = ''
  /** Buffers that pending writes send from. */
  #pinned: ReadBuffer[] = []
  #isWaiting = false
  #isFull = false
  #isOver = false

  /** @param onDrain after a `write` that returned false, and after `end`: everything is with the system */
  constructor(socket: Socket, onDrain: () => void) {
    this.#socket = socket
    this.#onDrain = onDrain
  }

  /** Takes a piece; borrowed bytes are done with when this returns. @returns false when full */
  write(data: Data): boolean {
    if (this.#isOver) return true
    const text = data.latin1Text
    if (text !== undefined) this.#collect(text)
    else if (data.size <= MAX_TEXT_BYTES) this.#collect(decodeLatin1(data.buffer, data.start, data.end))
    else this.#send(data)
    if (this.#pinned.length > 0 || this.#socket.writableLength > HIGH_WATER_BYTES) this.#isFull = true
    return !this.#isFull
  }

  /** Sends what is there, then the end. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    const text = this.#text
    this.#text = ''
    if (text === '') this.#socket.end(this.#onEnded)
    else this.#socket.end(text, 'latin1', this.#onEnded)
  }

  /** Nothing more is sent. */
  stop(): void {
    this.#isOver = true
    this.#text = ''
  }

  /** The socket is closed: nothing sends from its buffers any more. */
  close(): void {
    this.stop()
    this.#unpin()
  }

  /** Sends the collected text. */
  flush(): void {
    if (this.#text === '') return
    const text = this.#text
    this.#text = ''
    this.#socket.write(text, 'latin1')
    this.#waitIfPending()
  }

  #collect(text: string): void {
    if (this.#text === '') flushQueue.add(this)
    this.#text += text
    if (this.#text.length > MAX_COLLECTED_BYTES) this.flush()
  }

  /** Sends a large piece, in one call with the text before it. */
  #send(data: Data): void {
    const socket = this.#socket
    const text = this.#text
    this.#text = ''
    const held = data.lifetime === 'owned' ? undefined : readBuffers.hold(data)
    const bytes = held === undefined ? data.keep().bytes : held.bytesOf(data)
    if (text === '') {
      socket.write(bytes)
    } else {
      socket.cork()
      socket.write(text, 'latin1')
      socket.write(bytes)
      socket.uncork()
    }
    if (held !== undefined) {
      if (socket.writableLength > 0) this.#pinned.push(held)
      else readBuffers.release(held)
    }
    this.#waitIfPending()
  }

  #waitIfPending(): void {
    if (this.#isWaiting || this.#isOver || this.#socket.writableLength === 0) return
    this.#isWaiting = true
    // Called back when everything before it is with the system. A callback with each write would cost all of them.
    this.#socket.write('', this.#onWritten)
  }

  readonly #onWritten = (error?: Error | null): void => {
    this.#isWaiting = false
    if (error !== undefined && error !== null) return
    this.#waitIfPending()
    if (this.#isWaiting) return
    // After `end` its text may be on its way still; the pieces before it are sent, and nobody waits for more.
    if (this.#socket.writableLength === 0) this.#unpin()
    if (!this.#isFull) return
    this.#isFull = false
    this.#onDrain()
  }

  // Node's types leave the error out.
  readonly #onEnded = (error?: Error | null): void => {
    if (error === undefined || error === null) this.#onDrain()
  }

  #unpin(): void {
    if (this.#pinned.length === 0) return
    for (const buffer of this.#pinned) readBuffers.release(buffer)
    this.#pinned = []
  }
}
