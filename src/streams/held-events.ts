import { ProxyError } from '../errors.ts'
import { Data, type Event } from '../events.ts'
import { LIMITS } from '../limits.ts'

/** A bounded first-in first-out queue of events whose bytes are kept. */
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

  get isEmpty(): boolean {
    return this.#next === this.#events.length
  }

  /** Appends an event. @returns BUFFER_OVERFLOW when it would be too much; the event is not kept then */
  push(event: Event): ProxyError | undefined {
    if (!(event instanceof Data)) {
      this.#events.push(event)
      return undefined
    }
    if (this.#bytes + event.size > this.#maxBytes) {
      const text = `Cannot hold back more than ${this.#maxBytes} bytes: the other side does not take them`
      return new ProxyError('BUFFER_OVERFLOW', text)
    }
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
    }
    return event
  }
}
