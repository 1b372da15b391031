import type { Output } from '../engine/callback.ts'
import { Data, type Event, MessageStart, type Receiver } from '../events.ts'
import { copyHead } from './copy-head.ts'
import { emitOutput } from './emit-output.ts'

/** An output that is the same each time. It is taken apart once; what its consumers may change are copies. */
export class ConstantOutput {
  readonly #events: readonly Event[]

  /** @param output one that `invalidOutput` has nothing against */
  constructor(output: Output) {
    const events: Event[] = []
    emitOutput(output, { process: (event) => events.push(event) })
    this.#events = events
  }

  /** @returns whether that was anything */
  emit(next: Receiver): boolean {
    for (const event of this.#events) next.process(toFreshEvent(event))
    return this.#events.length > 0
  }
}

function toFreshEvent(event: Event): Event {
  if (event instanceof Data) return event.slice(0, event.size)
  // One client must not see what a later filter wrote into the head for another.
  if (event instanceof MessageStart && event.head !== undefined) return new MessageStart(copyHead(event.head))
  return event
}
