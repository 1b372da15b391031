import type { Event } from '../events.ts'
import { LIMITS } from '../limits.ts'

/** What came of a request behind its head, kept so that it can be sent again to another target, as far as it fits. */
export class KeptRequest {
  readonly #maxBytes: number
  #events: Event[] | undefined
  /** The end of a request without a body, which is all that most consist of: it needs no list. */
  #end: Event | undefined
  #bytes = 0
  #isWhole = true

  /** @param maxBytes of the body; a longer one is not kept. 0 keeps no body at all */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Whether everything that came is here. */
  get isWhole(): boolean {
    return this.#isWhole
  }

  /** An event of the request, on its way. Its bytes become its own. */
  keep(event: Event): void {
    if (!this.#isWhole) return
    if (event.type === 'MessageEnd' && this.#events === undefined) {
      this.#end = event
      return
    }
    this.#events ??= []
    if (event.type === 'Data') this.#bytes += event.keep().size
    // A body may come in chunks of one byte, and they take memory as well.
    if (this.#bytes > this.#maxBytes || this.#events.length >= LIMITS.maxHeldEvents) this.drop()
    else this.#events.push(event)
  }

  /** It will not be sent again. */
  drop(): void {
    this.#isWhole = false
    this.#events = undefined
    this.#end = undefined
  }

  /** Gives out what came, in order, for as long as `send` takes it. @param send says whether it takes more */
  replay(send: (event: Event) => boolean): void {
    for (const event of this.#events ?? []) if (!send(event)) return
    if (this.#end !== undefined) send(this.#end)
  }
}
