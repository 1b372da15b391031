import type { Data } from '../../src/events.ts'
import { Buffer, type BunSocket } from './bun-runtime.ts'

/** Text and small bytes are put together in here, so that they leave in one call. */
const scratch = new Uint8Array(64 * 1024)
/** Pieces up to this size become text and leave together with what was written before. */
const MAX_TEXT_BYTES = 4 * 1024
/** Text is sent when more is collected. */
const MAX_COLLECTED_BYTES = 16 * 1024
/** Bytes that the system did not take yet, beyond which the writer is full. */
const HIGH_WATER_BYTES = 64 * 1024

const { latin1Slice, latin1Write } = Buffer.prototype

type WritableSocket = Pick<BunSocket<unknown>, 'write' | 'shutdown'>

/**
 * Writes to a socket of Bun, which says how much the system took and keeps nothing of the rest: that waits here, as a copy,
 * until Bun tells that there is room. Small pieces of one turn are collected and leave together.
 */
export class SocketWriter {
  readonly #onDrain: () => void
  #socket: WritableSocket | undefined
  #text = ''
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #isFull = false
  #isEnding = false
  #isOver = false

  /** @param onDrain after a `write` that returned false, and after `end`: everything is with the system */
  constructor(onDrain: () => void) {
    this.#onDrain = onDrain
  }

  /** The socket stands: what was written before goes out. */
  open(socket: WritableSocket): void {
    this.#socket = socket
    this.drain()
  }

  /** Takes a piece; borrowed bytes are done with when this returns. @returns false when full */
  write(data: Data): boolean {
    if (this.#isOver || this.#isEnding) return true
    const text = data.latin1Text
    if (text !== undefined) this.#collect(text)
    else if (data.size <= MAX_TEXT_BYTES) this.#collect(latin1Slice.call(data.buffer, data.start, data.end))
    else this.#sendLarge(data.bytes)
    if (this.#waitingBytes > HIGH_WATER_BYTES) this.#isFull = true
    return !this.#isFull
  }

  /** Sends what is there, then the end. */
  end(): void {
    if (this.#isOver || this.#isEnding) return
    this.#isEnding = true
    queueMicrotask(() => this.drain())
  }

  /** Nothing more is sent. */
  stop(): void {
    this.#isOver = true
    this.#text = ''
    this.#waiting = []
    this.#waitingBytes = 0
  }

  /** The system takes bytes again, or there is something new to send. */
  drain(): void {
    if (this.#socket === undefined || this.#isOver) return
    this.#flush()
    while (this.#waiting[0] !== undefined) {
      const first = this.#waiting[0]
      const sent = this.#give(first, first.length)
      this.#waitingBytes -= sent
      if (sent < first.length) {
        this.#waiting[0] = first.subarray(sent)
        return
      }
      this.#waiting.shift()
    }
    if (this.#isEnding) this.#finish()
    else if (this.#isFull) {
      this.#isFull = false
      this.#onDrain()
    }
  }

  #finish(): void {
    this.#isOver = true
    this.#socket?.shutdown()
    this.#onDrain()
  }

  #collect(text: string): void {
    if (this.#text === '') queueMicrotask(this.#flushLater)
    this.#text += text
    if (this.#text.length > MAX_COLLECTED_BYTES) this.#flush()
  }

  readonly #flushLater = (): void => this.#flush()

  #flush(): void {
    const text = this.#text
    if (text === '') return
    this.#text = ''
    for (let start = 0; start < text.length; start += scratch.length) {
      const part = text.slice(start, start + scratch.length)
      latin1Write.call(scratch, part, 0, part.length)
      this.#send(scratch, part.length)
    }
  }

  /** In one call with the text before it, where both fit. */
  #sendLarge(bytes: Uint8Array): void {
    const text = this.#text
    if (text.length + bytes.length > scratch.length) {
      this.#flush()
      this.#send(bytes, bytes.length)
      return
    }
    this.#text = ''
    latin1Write.call(scratch, text, 0, text.length)
    scratch.set(bytes, text.length)
    this.#send(scratch, text.length + bytes.length)
  }

  #send(bytes: Uint8Array, size: number): void {
    const sent = this.#waiting.length === 0 && this.#socket !== undefined ? this.#give(bytes, size) : 0
    if (sent === size) return
    this.#waiting.push(bytes.slice(sent, size))
    this.#waitingBytes += size - sent
  }

  /** A closed socket takes nothing; that it is closed is told by `close`. */
  #give(bytes: Uint8Array, size: number): number {
    return Math.max(0, this.#socket?.write(bytes, 0, size) ?? 0)
  }
}
