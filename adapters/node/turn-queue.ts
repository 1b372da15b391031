import { READ_BUFFER_BYTES, sharedBytes } from './read-buffer.ts'

/** Longer reads are handled at once: copying them costs more than it saves. */
const MAX_READ_BYTES = 4 * 1024

/** Something that collects small writes. */
export interface Flushable {
  flush(): void
}

/** Whoever reads into the buffer of the process. */
export interface Reader {
  /** Takes bytes of `sharedBytes` that it read earlier in the turn; they are lent for this call. */
  takeRead(start: number, end: number): void
}

/**
 * Does the work of one turn of the event loop in three parts: all small reads, then everything that they lead to, then all
 * small writes. The system's code for reading, ours, and the system's code for sending each then run again and again while
 * they are in the processor's caches, in place of alternating for each connection: with writes at the end alone a request
 * costs a sixth less, with reads at the beginning as well another fiftieth. Nobody waits longer for it than the turn lasts,
 * and what one turn says to a connection leaves in one system call.
 */
export class TurnQueue {
  // Arrays are never made shorter, which would cost more than what they hold.
  readonly #readers: (Reader | undefined)[] = []
  readonly #readEnds: number[] = []
  #readCount = 0
  #deliveredCount = 0
  #isDelivering = false
  /** Where the next read goes: behind the part that sockets read into. */
  #used = READ_BUFFER_BYTES
  readonly #writers: (Flushable | undefined)[] = []
  #writerCount = 0
  #isScheduled = false

  /**
   * Keeps what was just read until everything is read.
   * @param size bytes at the beginning of `sharedBytes`
   * @returns false when that is not done: then `deliverReads` is to be called, and the bytes are to be handled
   */
  addRead(reader: Reader, size: number): boolean {
    const end = this.#used + size
    if (size > MAX_READ_BYTES || end > sharedBytes.length) return false
    sharedBytes.copyWithin(this.#used, 0, size)
    this.#readers[this.#readCount] = reader
    this.#readEnds[this.#readCount++] = end
    this.#used = end
    this.#schedule()
    return true
  }

  /** Flushes it when everything that was read is handled. */
  addWriter(writer: Flushable): void {
    this.#writers[this.#writerCount++] = writer
    this.#schedule()
  }

  /** Hands out what is kept: before anything else that happened to a connection is told. */
  deliverReads(): void {
    // Inside of a delivery the rest follows when that one is done.
    if (this.#readCount === 0 || this.#isDelivering) return
    this.#isDelivering = true
    try {
      while (this.#deliveredCount < this.#readCount) this.#deliverNext()
    } finally {
      this.#isDelivering = false
    }
    this.#readCount = 0
    this.#deliveredCount = 0
    this.#used = READ_BUFFER_BYTES
  }

  /** What is delivered counts as delivered whatever is thrown: the rest must not be lost, nor this one come again. */
  #deliverNext(): void {
    const i = this.#deliveredCount++
    const reader = this.#readers[i]
    const start = i === 0 ? READ_BUFFER_BYTES : (this.#readEnds[i - 1] as number)
    this.#readers[i] = undefined
    reader?.takeRead(start, this.#readEnds[i] as number)
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(this.#end)
  }

  readonly #end = (): void => {
    try {
      this.deliverReads()
    } finally {
      this.#isScheduled = false
      if (this.#deliveredCount < this.#readCount) this.#schedule()
    }
    const writers = this.#writers
    for (let i = 0; i < this.#writerCount; i++) {
      const writer = writers[i]
      // First: it must not be tried for ever when something is thrown; the others are flushed with the next that is added.
      writers[i] = undefined
      writer?.flush()
    }
    this.#writerCount = 0
  }
}

/** The queue of this process: its I/O callbacks never overlap. */
export const turnQueue = new TurnQueue()
