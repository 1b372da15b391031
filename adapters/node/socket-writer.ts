import type { Socket } from 'node:net'
import type { Data } from '../../src/events.ts'
import { decodeLatin1 } from './latin1.ts'
import { MAX_TRIED_TEXT_BYTES, tryWrite } from './try-write.ts'
import { type Flushable, turnQueue } from './turn-queue.ts'
import { writeText } from './write-text.ts'

/** Bytes up to this size become text and leave together with what was written before. */
const MAX_TEXT_BYTES = 4 * 1024
/** Text is sent when more is collected. */
const MAX_COLLECTED_BYTES = MAX_TRIED_TEXT_BYTES
/** Text of up to this size is written by Node without an allocation. */
const MAX_DIRECT_BYTES = 16 * 1024
/** Bytes that the system did not take yet, beyond which the writer is full. */
const HIGH_WATER_BYTES = 64 * 1024

/**
 * Writes to a socket. Small pieces are collected as one text and sent when the turn ends; large ones are sent at once,
 * from the buffer that they were read into, and only what the system does not take of them is copied.
 */
export class SocketWriter implements Flushable {
  readonly #socket: Socket
  readonly #onDrain: () => void
  #text = ''
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
    if (this.#isWaiting && this.#socket.writableLength > HIGH_WATER_BYTES) this.#isFull = true
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

  /** Sends the collected text. */
  flush(): void {
    if (this.#text === '') return
    const text = this.#text
    this.#text = ''
    const isDirect = text.length <= MAX_DIRECT_BYTES && this.#isIdle()
    const outcome = isDirect ? writeText(this.#socket, text, this.#onWritten) : 'refused'
    if (outcome === 'written') return
    if (outcome === 'queued') {
      this.#isWaiting = true
      return
    }
    this.#socket.write(text, 'latin1')
    this.#waitIfPending()
  }

  /** Whether everything is with the system, so that what is given to it past the socket's queue comes in order. */
  #isIdle(): boolean {
    return !this.#isWaiting && this.#socket.writableLength === 0 && !this.#socket.connecting
  }

  #collect(text: string): void {
    if (this.#text === '') turnQueue.addWriter(this)
    this.#text += text
    if (this.#text.length > MAX_COLLECTED_BYTES) this.flush()
  }

  /** Sends a large piece, in one call with the text before it. */
  #send(data: Data): void {
    const socket = this.#socket
    const text = this.#text
    this.#text = ''
    const { bytes } = data
    const sent = this.#isIdle() ? tryWrite(socket, text, bytes) : 0
    if (sent === text.length + bytes.length) return
    if (sent < text.length) socket.write(text.slice(sent), 'latin1')
    const rest = bytes.subarray(Math.max(0, sent - text.length))
    socket.write(data.lifetime === 'owned' ? rest : new Uint8Array(rest))
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
    if (this.#isWaiting || !this.#isFull) return
    this.#isFull = false
    this.#onDrain()
  }

  // Node gives it an error that its types do not know of.
  readonly #onEnded = (error?: Error | null): void => {
    if (error === undefined || error === null) this.#onDrain()
  }
}
