import type { Provider } from '../engine/callback.ts'
import { CallbackFilter } from '../engine/callback-filter.ts'
import type { Context, Variables } from '../engine/context.ts'
import type { FilterRecipe, PipelineReference } from '../engine/filter-recipe.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import type { PipelineLayout } from '../engine/pipeline-layout.ts'
import { provide } from '../engine/provide.ts'
import type { Event } from '../events.ts'
import { ForkedPipeline } from './forked-pipeline.ts'
import { invalidArgument } from './invalid-argument.ts'

type Variants<V> = Partial<V> | readonly Partial<V>[]

/**
 * Sends a copy of every event to other pipelines as well, and passes the events on. What the others output is dropped,
 * and what goes wrong in them is logged: the main line is never hurt or held up by them. A head is shared, not copied.
 *
 * The copies live as long as the session they were made in, so a fork of a request may be over before an upstream of
 * its own has answered; `merge` is for what has to outlive the request.
 * @param variables without them there is one other pipeline, with the same context; an object gives it a copy of the
 * context with these variables set; an array opens one pipeline per object. Or a function of the context that gives
 * either, asked at the first event
 * @throws INVALID_ARGUMENT when the variables are none of these
 */
export function fork<V = Variables>(
  reference: PipelineReference<V>,
  variables?: Provider<Variants<V>, V>,
): FilterRecipe<V> {
  const name = 'fork'
  const isValid = variables === undefined || variables === null || ['object', 'function'].includes(typeof variables)
  if (!isValid) throw invalidArgument(name, 'variables must be an object, an array or a function', variables)
  return {
    name,
    pipelines: [reference],
    bind: (scope) => {
      const layout = scope.layout(reference)
      return (pipeline) => new ForkFilter(pipeline, name, layout, variables ?? undefined)
    },
  }
}

class ForkFilter<V> extends CallbackFilter<V> {
  readonly #layout: PipelineLayout<V>
  readonly #variables: Provider<Variants<V> | undefined, V>
  #forks: ForkedPipeline<V>[] | undefined

  constructor(
    pipeline: Pipeline<V>,
    name: string,
    layout: PipelineLayout<V>,
    variables: Provider<Variants<V> | undefined, V>,
  ) {
    super(pipeline, name)
    this.#layout = layout
    this.#variables = variables
  }

  override close(): void {
    super.close()
    for (const forked of this.#forks ?? []) forked.close()
    this.#forks = []
  }

  protected override handle(event: Event): void {
    if (this.#forks === undefined) this.#begin(event)
    else this.#feed(event, this.#forks)
  }

  #begin(event: Event): void {
    let variants: Variants<V> | undefined | Promise<Variants<V> | undefined>
    try {
      variants = provide(this.#variables, this.pipeline.context)
    } catch (error) {
      this.fail(error)
      return
    }
    if (!(variants instanceof Promise)) {
      this.#open(variants, event)
      return
    }
    if (event.type === 'Data') event.keep()
    this.waitFor(variants, (result) => this.#open(result, event))
  }

  #open(variants: Variants<V> | undefined, event: Event): void {
    const contexts = this.#contextsOf(variants)
    this.#forks = contexts.map((context) => new ForkedPipeline(this.#layout, context))
    this.#feed(event, this.#forks)
  }

  #contextsOf(variants: Variants<V> | undefined): Context<V>[] {
    if (typeof variants !== 'object' || variants === null) return [this.pipeline.context]
    const list: readonly Partial<V>[] = Array.isArray(variants) ? variants : [variants]
    return list.map((variant) => Object.assign(this.pipeline.copyContext(), variant))
  }

  #feed(event: Event, forks: readonly ForkedPipeline<V>[]): void {
    for (const forked of forks) forked.feed(event)
    this.next.process(event)
  }
}
