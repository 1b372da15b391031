/** What Workers give at a time to those who bring no memory for it. */
const SMALL_PIECE_BYTES = 4 * 1024
const LARGEST_PIECE_BYTES = 64 * 1024
const GROWTH = 4

/**
 * Reads a stream in pieces that grow up to 64 KiB while much comes. Workers give 4 KiB at a time to those who bring no
 * memory for it, and 1 MiB takes two to three times as long then; to bring it for a small message costs more than it saves.
 * Its methods are those of a stream's default reader (WHATWG Streams, ReadableStreamDefaultReader).
 */
export class ByteReader {
  readonly #stream: ReadableStream<Uint8Array>
  #reader: ReadableStreamDefaultReader<Uint8Array> | ReadableStreamBYOBReader
  /** The memory that is brought for the next piece, once some is. */
  #size = SMALL_PIECE_BYTES
  #takesMemory = true

  /** Begins to read, for as long as the stream lasts. */
  constructor(stream: ReadableStream<Uint8Array>) {
    this.#stream = stream
    this.#reader = stream.getReader()
  }

  /** The next piece, which is the caller's own; rejects when the stream breaks off. */
  async read(): Promise<ReadableStreamReadResult<Uint8Array>> {
    const reader = this.#reader
    if (reader instanceof ReadableStreamDefaultReader) {
      const piece = await reader.read()
      if (this.#takesMemory && !piece.done && piece.value.length >= this.#size) this.#bringMemory()
      return piece
    }
    const { done, value } = await reader.read(new Uint8Array(this.#size))
    if (done || value === undefined) return { done: true, value: undefined }
    if (value.length === this.#size) this.#grow()
    return { done: false, value }
  }

  /** The rest is not wanted. */
  cancel(reason?: unknown): Promise<void> {
    return this.#reader.cancel(reason)
  }

  #bringMemory(): void {
    this.#reader.releaseLock()
    try {
      this.#reader = this.#stream.getReader({ mode: 'byob' })
      this.#grow()
    } catch {
      // It is no stream of bytes, but one that was made of pieces; they come as they are.
      this.#reader = this.#stream.getReader()
      this.#takesMemory = false
    }
  }

  #grow(): void {
    this.#size = Math.min(this.#size * GROWTH, LARGEST_PIECE_BYTES)
  }
}
