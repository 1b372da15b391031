import type { Predicate } from '../engine/callback.ts'
import { CallbackFilter } from '../engine/callback-filter.ts'
import type { Variables } from '../engine/context.ts'
import type { BuildScope, FilterFactory, PipelineReference } from '../engine/filter-recipe.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import type { PipelineLayout } from '../engine/pipeline-layout.ts'
import { ProxyError } from '../errors.ts'
import type { Event } from '../events.ts'
import { HeldEvents } from '../streams/held-events.ts'

/** A pipeline, and when it is chosen; without a predicate always. */
export interface LinkCase<V = Variables> {
  readonly reference: PipelineReference<V>
  readonly when: Predicate<V> | undefined
}

interface BoundCase<V> {
  readonly layout: PipelineLayout<V>
  readonly when: Predicate<V> | undefined
}

/** Once the pipeline is chosen it stands in this filter's place: it gets the input, and outputs straight to `next`. */
export class LinkFilter<V = Variables> extends CallbackFilter<V> {
  readonly #cases: readonly BoundCase<V>[]
  readonly #isUnconditional: boolean
  #linked: Pipeline<V> | undefined
  /** The one of the request before, closed. */
  #last: Pipeline<V> | undefined
  /** What waits for a predicate to hold. */
  #undecided: HeldEvents | undefined
  /** Of the output, while there is no pipeline to stop. */
  #pauses = 0

  /** Binds the cases of a filter named `name` at one position. */
  static factory<V>(name: string, cases: readonly LinkCase<V>[], scope: BuildScope<V>): FilterFactory<V> {
    const bound = cases.map(({ reference, when }) => ({ layout: scope.layout(reference), when }))
    return (pipeline) => new LinkFilter(pipeline, name, bound)
  }

  private constructor(pipeline: Pipeline<V>, name: string, cases: readonly BoundCase<V>[]) {
    super(pipeline, name)
    this.#cases = cases
    this.#isUnconditional = cases[0]?.when === undefined
  }

  override process(event: Event): void {
    if (this.#linked === undefined) super.process(event)
    else this.#linked.process(event)
  }

  override pause(): void {
    if (this.#linked !== undefined) {
      this.#linked.pause()
      return
    }
    this.#pauses++
    this.prev.pause()
  }

  override resume(): void {
    if (this.#linked !== undefined) {
      this.#linked.resume()
      return
    }
    this.#pauses--
    this.prev.resume()
  }

  override close(): void {
    super.close()
    this.#linked?.close()
    this.#undecided = undefined
  }

  override reopen(): boolean {
    if (this.#pauses > 0) return false
    this.#last = this.#linked ?? this.#last
    this.#linked = undefined
    return this.reopenCallbacks()
  }

  protected override handle(event: Event): void {
    const isFlush = event.type === 'Data' && event.size === 0
    // A flush says nothing that a predicate could look at; and nothing has gone on yet that it could hurry.
    if (isFlush && !this.#isUnconditional) return
    this.#choose(event, 0)
  }

  #choose(event: Event, first: number): void {
    const { context } = this.pipeline
    for (let i = first; i < this.#cases.length; i++) {
      const { layout, when } = this.#cases[i] as BoundCase<V>
      let holds: unknown
      try {
        holds = when === undefined || when(context)
      } catch (error) {
        this.fail(error)
        return
      }
      if (holds instanceof Promise) {
        this.#chooseLater(holds, event, i)
        return
      }
      if (holds) {
        this.#open(layout, event)
        return
      }
    }
    this.#hold(event)
  }

  #chooseLater(promise: Promise<unknown>, event: Event, i: number): void {
    if (event.type === 'Data') event.keep()
    const { layout } = this.#cases[i] as BoundCase<V>
    this.waitFor(promise, (holds) => {
      if (holds) this.#open(layout, event)
      else this.#choose(event, i + 1)
    })
  }

  #open(layout: PipelineLayout<V>, event: Event): void {
    const { context } = this.pipeline
    const last = this.#last
    const linked =
      last?.layout === layout && last.reopen(context) ? last : layout.open(context, this.next, this.prev, this.pipeline)
    this.#linked = linked
    for (; this.#pauses > 0; this.#pauses--) {
      linked.pause()
      this.prev.resume()
    }
    const held = this.#undecided
    this.#undecided = undefined
    if (held !== undefined) {
      for (let earlier = held.shift(); earlier !== undefined; earlier = held.shift()) linked.process(earlier)
    }
    linked.process(event)
  }

  /** No predicate holds: they are asked again at the next event. So the source is not paused, and the limit is hard. */
  #hold(event: Event): void {
    if (event.type === 'StreamEnd') {
      this.#giveUp(event)
      return
    }
    if (event.type === 'MessageEnd' && this.pipeline.isExchange) {
      const text = `Cannot choose a pipeline for the request at ${this.name}: no predicate holds and there is no default`
      this.fail(new ProxyError('NO_RESPONSE', text))
      return
    }
    this.#undecided ??= new HeldEvents()
    const overflow = this.#undecided.push(event)
    if (overflow !== undefined) this.fail(overflow)
  }

  #giveUp(event: Event): void {
    const { layout } = this.pipeline
    if (this.#undecided !== undefined) {
      layout.log.warn(`Dropping what waits at ${this.name} in ${layout.title}: the stream ended and no predicate holds`)
    }
    this.#undecided = undefined
    this.next.process(event)
  }
}
