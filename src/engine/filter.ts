import type { Event, Receiver, Source } from '../events.ts'
import type { Variables } from './context.ts'
import { NOWHERE } from './nowhere.ts'
import type { Pipeline } from './pipeline.ts'

/**
 * One step of a live pipeline: events go forward through `process`, `pause` and `resume` go back.
 *
 * What an implementer promises: every event that it does not handle itself goes to `this.next` unchanged and in order;
 * bytes it keeps are kept with `data.keep()`; each `this.prev.pause()` is followed by one `resume()`; a failure of the
 * user's code goes to `this.pipeline.fail`, never up the stack.
 */
export abstract class Filter<V = Variables> implements Receiver, Source {
  /** Where this filter's output goes. */
  next: Receiver = NOWHERE
  /** Where its input comes from. */
  prev: Source = NOWHERE
  protected readonly pipeline: Pipeline<V>

  constructor(pipeline: Pipeline<V>) {
    this.pipeline = pipeline
  }

  /** Takes one event. */
  abstract process(event: Event): void

  /** Whoever gets this filter's output is full. A filter with a source of its own stops that instead. */
  pause(): void {
    this.prev.pause()
  }

  /** The opposite of one `pause`. */
  resume(): void {
    this.prev.resume()
  }

  /**
   * The pipeline is over and no event follows: gives up what the filter still holds, a pause of its source included.
   * Called once, possibly while `process` of this filter is still on the stack.
   */
  close(): void {}

  /**
   * Becomes as new after `close`, for the next request of the same client, so that it need not be made again. `next` and
   * `prev` stay, the pipeline's context is another one.
   * @returns false when it cannot: something may still come for the request that is over. Without an implementation
   * it never can
   */
  reopen(): boolean {
    return false
  }
}
