const MIN_BYTES = 256

/**
 * Puts pieces of bytes together. However small the pieces are, it takes at most twice the memory of what they hold.
 */
export class ByteCollector {
  #bytes = new Uint8Array(0)
  #size = 0

  /** How many bytes there are. */
  get size(): number {
    return this.#size
  }

  /** Adds a copy of the bytes. */
  add(bytes: Uint8Array): void {
    const size = this.#size + bytes.length
    if (size > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(MIN_BYTES, size, Math.min(2 * this.#bytes.length, 2 * size)))
      larger.set(this.#bytes.subarray(0, this.#size))
      this.#bytes = larger
    }
    this.#bytes.set(bytes, this.#size)
    this.#size = size
  }

  /** Gives what there is, and begins anew. */
  take(): Uint8Array<ArrayBuffer> {
    const { buffer } = this.#bytes
    const taken = new Uint8Array(buffer, 0, this.#size)
    this.#bytes = new Uint8Array(0)
    this.#size = 0
    return taken
  }
}
