/** Something that collects small writes. */
export interface Flushable {
  flush(): void
}

/**
 * Sends collected writes at the end of the I/O callback in which they were made, so that everything one callback
 * writes to a connection leaves in one system call. What is written outside of one leaves when the turn ends.
 */
export class FlushQueue {
  /** Never made shorter, which would cost more than what it holds. */
  readonly #waiting: (Flushable | undefined)[] = []
  #count = 0
  #depth = 0
  #isScheduled = false

  /** An I/O callback begins; `leave` follows, whatever it throws. */
  enter(): void {
    this.#depth++
  }

  leave(): void {
    if (--this.#depth === 0) this.#flush()
  }

  /** Flushes it at the end of the callback that runs. */
  add(connection: Flushable): void {
    this.#waiting[this.#count++] = connection
    if (this.#depth > 0 || this.#isScheduled) return
    this.#isScheduled = true
    process.nextTick(this.#flushLater)
  }

  readonly #flushLater = (): void => {
    this.#isScheduled = false
    this.#flush()
  }

  #flush(): void {
    const waiting = this.#waiting
    for (let i = 0; i < this.#count; i++) {
      const connection = waiting[i]
      waiting[i] = undefined
      connection?.flush()
    }
    this.#count = 0
  }
}

/** The queue of this process: its I/O callbacks never overlap. */
export const flushQueue = new FlushQueue()
