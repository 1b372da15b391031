import { Data } from '../events.ts'
import { joinBytes } from '../streams/join-bytes.ts'

const SMALL_BYTES = 4 * 1024
const PART_BYTES = 64 * 1024

/** Collects the bytes of one body after the other, each up to a limit, and joins them once. */
export class BodyCollector {
  readonly maxBodyBytes: number
  #parts: Uint8Array[] = []
  /** The last part, while it has room. */
  #open: Uint8Array | undefined
  #openSize = 0
  #size = 0

  constructor(maxBodyBytes: number) {
    this.maxBodyBytes = maxBodyBytes
  }

  /** How many bytes have been collected. */
  get size(): number {
    return this.#size
  }

  /** Adds bytes, as far as they fit. @returns whether all did */
  push(data: Data): boolean {
    const taken = Math.min(data.size, this.maxBodyBytes - this.#size)
    if (taken > 0) this.#add(data, taken)
    return taken === data.size
  }

  /** The body, taken out: the next one begins. */
  take(): Data {
    const bytes = this.#join()
    this.clear()
    return Data.view(bytes, 0, bytes.length, 'owned')
  }

  clear(): void {
    this.#parts = []
    this.#open = undefined
    this.#size = 0
  }

  #add(data: Data, taken: number): void {
    this.#size += taken
    if (taken < SMALL_BYTES) {
      this.#append(data, taken)
      return
    }
    this.#closePart()
    // Whoever gets the event afterwards may take bytes off it; the array keeps them all.
    const { bytes } = data.keep()
    this.#parts.push(taken === bytes.length ? bytes : bytes.subarray(0, taken))
  }

  /** A body may come in chunks of one byte: an array for each would take a hundred times the memory. */
  #append(data: Data, taken: number): void {
    if (this.#open === undefined || this.#open.length - this.#openSize < taken) {
      this.#closePart()
      // As much again as there is: the first part is as long as its only bytes, and there are few parts.
      this.#open = new Uint8Array(Math.min(this.#size, PART_BYTES))
      this.#openSize = 0
    }
    this.#open.set(data.bytes.subarray(0, taken), this.#openSize)
    this.#openSize += taken
  }

  #closePart(): void {
    if (this.#open !== undefined) this.#parts.push(this.#open.subarray(0, this.#openSize))
    this.#open = undefined
  }

  #join(): Uint8Array {
    this.#closePart()
    return joinBytes(this.#parts)
  }
}
