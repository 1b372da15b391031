import { ProxyError } from '../errors.ts'
import { Data, type Event } from '../events.ts'
import { LIMITS } from '../limits.ts'

/** Events that left are dropped from the list in such numbers. */
const MIN_DROPPED = 64

/** A first-in first-out queue of events, bounded in number and in bytes. The bytes are kept. */
export class HeldEvents {
  #events: Event[] = []
  #next = 0
  #bytes = 0
  readonly #maxBytes: number

  /** @param maxBytes of Data. @default LIMITS.maxHeldBytes */
  constructor(maxBytes: number = LIMITS.maxHeldBytes) {
    this.#maxBytes = maxBytes
  }

  /** How many bytes wait. */
  get bytes(): number {
    return this.#bytes
  }

  /** How many events wait. */
  get count(): number {
    return this.#events.length - this.#next
  }

  get isEmpty(): boolean {
    return this.#next === this.#events.length
  }

  /** Appends an event. @returns BUFFER_OVERFLOW when it would be too much; the event is not kept then */
  push(event: Event): ProxyError | undefined {
    // Events without many bytes take memory as well: a body may come in chunks of one byte.
    if (this.#events.length - this.#next >= LIMITS.maxHeldEvents) return overflow(`${LIMITS.maxHeldEvents} events`)
    if (!(event instanceof Data)) {
      this.#events.push(event)
      return undefined
    }
    if (this.#bytes + event.size > this.#maxBytes) return overflow(`${this.#maxBytes} bytes`)
    this.#bytes += event.size
    this.#events.push(event.keep())
    return undefined
  }

  /** The oldest event, taken out. */
  shift(): Event | undefined {
    const event = this.#events[this.#next]
    if (event === undefined) return undefined
    this.#next++
    if (event instanceof Data) this.#bytes -= event.size
    if (this.#next === this.#events.length) {
      this.#events = []
      this.#next = 0
    } else if (this.#next >= MIN_DROPPED && 2 * this.#next >= this.#events.length) {
      // A queue that never gets empty would keep everything that ever went through it.
      this.#events = this.#events.slice(this.#next)
      this.#next = 0
    }
    return event
  }
}

function overflow(limit: string): ProxyError {
  return new ProxyError('BUFFER_OVERFLOW', `Cannot hold back more than ${limit}: the other side does not take them`)
}
