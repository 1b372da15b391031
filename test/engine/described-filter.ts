import type { FilterRecipe } from '../../src/engine/filter-recipe.ts'
import { Filter } from '../../src/engine/filter.ts'
import type { Pipeline } from '../../src/engine/pipeline.ts'
import type { Event } from '../../src/events.ts'

/** What a filter of a test does; what is left out, it does as any other filter. */
export interface FilterDescription {
  readonly process?: (event: Event, filter: DescribedFilter) => void
  readonly close?: (filter: DescribedFilter) => void
  /** Runs where filters are made. */
  readonly create?: (filter: DescribedFilter) => void
}

/** A filter that a test describes, with what the test needs of it in reach. */
export class DescribedFilter extends Filter {
  readonly #description: FilterDescription

  constructor(pipeline: Pipeline, description: FilterDescription) {
    super(pipeline)
    this.#description = description
    description.create?.(this)
  }

  get live(): Pipeline {
    return this.pipeline
  }

  override process(event: Event): void {
    if (this.#description.process === undefined) this.next.process(event)
    else this.#description.process(event, this)
  }

  override close(): void {
    this.#description.close?.(this)
  }
}

/** The recipe of a described filter. */
export function describeFilter(name: string, description: FilterDescription = {}): FilterRecipe {
  return { name, bind: () => (pipeline) => new DescribedFilter(pipeline, description) }
}
