import type { Data } from '../../src/events.ts'

/** What everybody reads into to whom little comes at a time. */
const SHARED_BYTES = 64 * 1024
/** What one socket reads into while much comes. */
const LEASED_BYTES = 256 * 1024
/** A socket to which less comes gives its own buffer back. */
const MIN_LEASED_READ_BYTES = 16 * 1024
/** Buffers leased at once: 32 MiB. Beyond it sockets stay with the shared buffer, and bytes that wait are copied. */
const MAX_LEASED = 128
/** Buffers kept for the next lease: 4 MiB. */
const MAX_FREE = 16

/** A buffer that sockets read into, counted by those who need its content untouched. */
export class ReadBuffer {
  /** No Buffer: its `slice` makes no copy, unlike that of every other array of bytes. */
  readonly bytes: Uint8Array
  /** The socket that reads into it, and the writes that still send from it. */
  holders = 0

  constructor(size: number) {
    this.bytes = new Uint8Array(size)
  }

  /** The bytes of a Data that this buffer holds for it. */
  bytesOf(data: Data): Uint8Array {
    return data.buffer === this.bytes ? data.bytes : this.bytes.subarray(0, data.size)
  }
}

/**
 * The buffers that all sockets of a process read into.
 *
 * Most reads are small: they go into one buffer that all sockets share, which stays hot in the cache. Its content is
 * gone with the next socket's read, so nothing may be sent from it that the system does not take at once. A socket to
 * which much comes leases a buffer of its own. From that one large pieces are sent without a copy: one that the system
 * does not take at once holds the buffer until it is sent, and the socket goes on in another one.
 */
export class ReadBuffers {
  readonly shared = new ReadBuffer(SHARED_BYTES)
  readonly #leased = new Map<Uint8Array, ReadBuffer>()
  readonly #free: ReadBuffer[] = []

  /** How many are held by sockets and writes now. */
  get leasedCount(): number {
    return this.#leased.size
  }

  /**
   * The buffer for a socket's next read.
   * @param current the one it has just read into
   * @param size how much came
   */
  next(current: ReadBuffer, size: number): ReadBuffer {
    if (current === this.shared) return size < SHARED_BYTES ? current : (this.#lease() ?? current)
    if (size >= MIN_LEASED_READ_BYTES && current.holders === 1) return current
    this.release(current)
    return size < MIN_LEASED_READ_BYTES ? this.shared : (this.#lease() ?? this.shared)
  }

  /**
   * Keeps borrowed bytes untouched until `release`: where they are if they lie in a leased buffer, otherwise by a copy.
   * @returns the buffer that has them; undefined when they are too many or too many buffers are in use
   */
  hold(data: Data): ReadBuffer | undefined {
    const source = this.#leased.get(data.buffer)
    if (source !== undefined) {
      source.holders++
      return source
    }
    if (data.size > LEASED_BYTES) return undefined
    const copy = this.#lease()
    copy?.bytes.set(data.bytes)
    return copy
  }

  /** One holder less; the last one gives the buffer back. */
  release(buffer: ReadBuffer): void {
    if (buffer === this.shared || --buffer.holders > 0) return
    this.#leased.delete(buffer.bytes)
    if (this.#free.length < MAX_FREE) this.#free.push(buffer)
  }

  #lease(): ReadBuffer | undefined {
    if (this.#leased.size >= MAX_LEASED) return undefined
    // The one given back last: it is the most likely to be in the cache.
    const buffer = this.#free.pop() ?? new ReadBuffer(LEASED_BYTES)
    buffer.holders = 1
    this.#leased.set(buffer.bytes, buffer)
    return buffer
  }
}

/** The buffers of this process. */
export const readBuffers = new ReadBuffers()
