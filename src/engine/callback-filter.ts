import { HeldEvents } from '../streams/held-events.ts'
import type { Event } from '../events.ts'
import type { Variables } from './context.ts'
import { Filter } from './filter.ts'
import type { Pipeline } from './pipeline.ts'

/**
 * A filter that calls the user's code. A callback may return a promise: then the events behind it wait, in order, and
 * the source is paused. A callback that throws or rejects ends the pipeline with CALLBACK_FAILED.
 */
export abstract class CallbackFilter<V = Variables> extends Filter<V> {
  /** The filter's name, for messages. */
  protected readonly name: string
  #held: HeldEvents | undefined
  #isOver = false
  /** It was closed while a promise was awaited, which will settle some time. */
  #isAwaited = false

  constructor(pipeline: Pipeline<V>, name: string) {
    super(pipeline)
    this.name = name
  }

  override process(event: Event): void {
    if (this.#isOver) return
    if (this.#held === undefined) this.handle(event)
    else this.#hold(event, this.#held)
  }

  override close(): void {
    this.#isOver = true
    if (this.#held === undefined) return
    this.#held = undefined
    this.#isAwaited = true
    this.prev.resume()
  }

  /** What `reopen` of a filter that keeps nothing else has to do. */
  protected reopenCallbacks(): boolean {
    if (this.#isAwaited) return false
    this.#isOver = false
    return true
  }

  /** Whether it has failed or is closed: nothing may be output any more. */
  protected get isOver(): boolean {
    return this.#isOver
  }

  /** Takes one event; never called while a promise is awaited. */
  protected abstract handle(event: Event): void

  /** Ends the pipeline: the callback threw, or gave what it must not give. */
  protected fail(error: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.pipeline.fail(error, this.name)
  }

  /** Holds all events back until the promise settles, then calls `proceed` with what it gave. */
  protected waitFor<T>(promise: Promise<T>, proceed: (result: T) => void): void {
    const held = new HeldEvents()
    this.#held = held
    this.prev.pause()
    promise.then(
      (result) => this.#proceed(held, () => proceed(result)),
      (error: unknown) => {
        if (this.#held === held) this.#proceed(held, () => this.fail(error))
        else this.pipeline.fail(error, this.name)
      },
    )
  }

  /**
   * Goes on from a timer or a promise. Nobody further out would catch what is thrown there: it ends this pipeline, not
   * the process.
   */
  protected enter(action: () => void): void {
    if (this.#isOver) return
    try {
      action()
    } catch (error) {
      this.fail(error)
    }
  }

  #proceed(held: HeldEvents, action: () => void): void {
    if (this.#held !== held) return
    this.#held = undefined
    this.enter(() => {
      action()
      // The events that waited may make the filter wait again: then they wait on, in the new queue.
      for (let event = held.shift(); event !== undefined; event = held.shift()) this.process(event)
    })
    this.prev.resume()
  }

  #hold(event: Event, held: HeldEvents): void {
    const overflow = held.push(event)
    if (overflow !== undefined) this.fail(overflow)
  }
}
