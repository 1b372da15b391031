import type { Event } from '../events.ts'
import { HeldEvents } from '../streams/held-events.ts'

/**
 * What has been sent of a request behind its head, for as long as it may have to be sent again: until the answer begins,
 * and only as far as it fits.
 */
export class RequestReplay {
  readonly #maxBytes: number
  #events: HeldEvents | undefined
  /** The end of a request without a body, which is all that most consist of: it needs no queue. */
  #end: Event | undefined
  #isPossible = false

  /** @param maxBytes of a request's body; a longer one is not sent again */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Whether the request can still be sent again. */
  get isPossible(): boolean {
    return this.#isPossible
  }

  /** A request begins. @param isAllowed whether it may be sent again at all */
  begin(isAllowed: boolean): void {
    this.#isPossible = isAllowed
    this.#events = undefined
    this.#end = undefined
  }

  /** An event of the request is sent. */
  keep(event: Event): void {
    if (!this.#isPossible) return
    if (this.#events === undefined && event.type === 'MessageEnd') {
      this.#end = event
      return
    }
    this.#events ??= new HeldEvents(this.#maxBytes)
    if (this.#events.push(event) !== undefined) this.drop()
  }

  /** The request is answered, or over. */
  drop(): void {
    this.#isPossible = false
    this.#events = undefined
    this.#end = undefined
  }

  /** What was sent, taken out. */
  take(): HeldEvents {
    const events = this.#events ?? new HeldEvents()
    if (this.#end !== undefined) events.push(this.#end)
    this.drop()
    return events
  }
}
