import type { Data } from '../../src/events.ts'
import { decodeLatin1 } from './latin1.ts'
import type { TcpSocket } from './tcp-socket.ts'
import { type Flushable, turnWrites } from './turn-writes.ts'

/** Bytes up to this size become text and leave together with what was written before. */
const MAX_TEXT_BYTES = 4 * 1024
/** Text is sent when more is collected. */
const MAX_COLLECTED_BYTES = 16 * 1024

/** Writes to a socket. Small pieces of one turn are collected as text and leave together. */
export class SocketWriter implements Flushable {
  readonly #socket: TcpSocket
  readonly #onDrain: () => void
  #text = ''
  #isFull = false
  #isOver = false

  /** @param onDrain after a `write` that returned false, and after `end`: everything is with the system */
  constructor(socket: TcpSocket, onDrain: () => void) {
    this.#socket = socket
    this.#onDrain = onDrain
    socket.on('drain', () => {
      if (!this.#isFull || this.#isOver) return
      this.#isFull = false
      onDrain()
    })
  }

  /** Takes a piece; borrowed bytes are done with when this returns. @returns false when full */
  write(data: Data): boolean {
    if (this.#isOver) return true
    const text = data.latin1Text
    if (text !== undefined) this.#collect(text)
    else if (data.size <= MAX_TEXT_BYTES) this.#collect(decodeLatin1(data.buffer, data.start, data.end))
    else this.#send(data)
    return !this.#isFull
  }

  /** Sends what is there, then the end. */
  end(): void {
    if (this.#isOver) return
    this.flush()
    this.#isOver = true
    this.#socket.end((error) => {
      if (error === undefined || error === null) this.#onDrain()
    })
  }

  /** Nothing more is sent. */
  stop(): void {
    this.#isOver = true
    this.#text = ''
  }

  #collect(text: string): void {
    if (this.#text === '') turnWrites.add(this)
    this.#text += text
    if (this.#text.length > MAX_COLLECTED_BYTES) this.flush()
  }

  /** Sends the collected text. */
  flush(): void {
    const text = this.#text
    if (text === '') return
    this.#text = ''
    if (!this.#socket.write(text, 'latin1')) this.#isFull = true
  }

  #send(data: Data): void {
    this.flush()
    // The socket keeps what the system does not take at once.
    const bytes = data.lifetime === 'owned' ? data.bytes : data.bytes.slice()
    if (!this.#socket.write(bytes)) this.#isFull = true
  }
}
