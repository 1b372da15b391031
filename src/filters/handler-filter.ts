import type { EventCallback } from '../engine/callback.ts'
import { CallbackFilter } from '../engine/callback-filter.ts'
import type { Variables } from '../engine/context.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import type { Event } from '../events.ts'

/** A filter that calls back about something and changes nothing: what all handle… filters are. */
export abstract class HandlerFilter<Argument, V = Variables> extends CallbackFilter<V> {
  readonly #callback: EventCallback<Argument, V>

  constructor(pipeline: Pipeline<V>, name: string, callback: EventCallback<Argument, V>) {
    super(pipeline, name)
    this.#callback = callback
  }

  /** Calls back, then lets the event pass: later if the callback gives a promise. */
  protected handleThenPass(argument: Argument, event: Event): void {
    let result: unknown
    try {
      result = this.#callback(argument, this.pipeline.context)
    } catch (error) {
      this.fail(error)
      return
    }
    if (result instanceof Promise) this.#passLater(result, event)
    else this.next.process(event)
  }

  /** Calls back when the pipeline is over already: nothing passes any more, and a failure is only logged. */
  protected handleAfterClose(argument: Argument): void {
    const fail = (error: unknown): void => this.pipeline.fail(error, this.name)
    try {
      const result = this.#callback(argument, this.pipeline.context)
      if (!(result instanceof Promise)) return
      this.takesTime(result)
      result.catch(fail)
    } catch (error) {
      fail(error)
    }
  }

  /** Told of each promise that the callback gives. */
  protected takesTime(_promise: Promise<unknown>): void {}

  #passLater(promise: Promise<unknown>, event: Event): void {
    this.takesTime(promise)
    // The callback goes on reading its bytes after this call.
    if (event.type === 'Data') event.keep()
    this.waitFor(promise, () => this.next.process(event))
  }
}
