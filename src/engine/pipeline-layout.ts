import type { Receiver, Source } from '../events.ts'
import type { Context, Variables } from './context.ts'
import type { FilterFactory, Reading } from './filter-recipe.ts'
import type { Log } from './log.ts'
import { Pipeline, type PipelineParent } from './pipeline.ts'

/** The immutable recipe of a pipeline: built and checked once, opened for each session. */
export class PipelineLayout<V = Variables> {
  /** How messages name it: `pipeline "routing"`, `listen 8000`. */
  readonly title: string
  readonly log: Log
  #factories: readonly FilterFactory<V>[] = []
  #reads: Reading = 'bodies'

  constructor(title: string, log: Log) {
    this.title = title
    this.log = log
  }

  /** One factory per filter, in order. */
  get factories(): readonly FilterFactory<V>[] {
    return this.#factories
  }

  /** How much its filters look at of what passes: as much as the one that looks at most. */
  get reads(): Reading {
    return this.#reads
  }

  /**
   * Fills the layout in: after its creation, since pipelines may name each other in a circle.
   * @param reads how much the filters look at
   */
  complete(factories: readonly FilterFactory<V>[], reads: Reading): void {
    this.#factories = factories
    this.#reads = reads
  }

  /** A live pipeline bound to `context`; its filters exist, none has run. Parameters as of Pipeline. */
  open(context: Context<V>, output: Receiver, source: Source, parent?: PipelineParent): Pipeline<V> {
    return new Pipeline(this, context, output, source, parent)
  }
}
