import type { Key } from '../engine/callback.ts'
import type { Context, Variables } from '../engine/context.ts'
import type { BuildScope } from '../engine/filter-recipe.ts'
import type { PipelineLayout } from '../engine/pipeline-layout.ts'
import { Ticker } from '../engine/ticker.ts'
import { ProxyError } from '../errors.ts'
import type { MuxOptions } from './mux-options.ts'
import { MuxedPipeline } from './muxed-pipeline.ts'

/** The shared pipelines of one filter position, by key. */
export class MuxPosition<V = Variables> {
  readonly #layout: PipelineLayout<V>
  readonly #maxQueue: number
  readonly #ticker: Ticker
  readonly #pipelines = new Map<Key, MuxedPipeline<V>>()

  constructor(scope: BuildScope<V>, layout: PipelineLayout<V>, options: Required<MuxOptions>) {
    const { maxIdleMs, maxQueue } = options
    this.#layout = layout
    this.#maxQueue = maxQueue
    this.#ticker = new Ticker(scope.transport, [maxIdleMs], () => this.#finishIdle(maxIdleMs))
    scope.onStop(() => this.#stop())
  }

  /**
   * The pipeline behind a key: the one that exists, or a new one.
   * @param key any value; nothing counts as the empty text
   * @param context of a new one
   */
  get(key: Key, context: Context<V>): MuxedPipeline<V> {
    const shared = this.#pipelines.get(key ?? '') ?? this.#open(key ?? '', context)
    shared.lastUse = this.#ticker.count
    return shared
  }

  #open(key: Key, context: Context<V>): MuxedPipeline<V> {
    const shared = new MuxedPipeline(this.#layout, context, this.#maxQueue, () => this.#forget(key))
    this.#pipelines.set(key, shared)
    this.#ticker.start()
    return shared
  }

  #forget(key: Key): void {
    this.#pipelines.delete(key)
    if (this.#pipelines.size === 0) this.#ticker.stop()
  }

  #finishIdle(maxIdleMs: number): void {
    for (const shared of this.#pipelines.values()) {
      if (shared.isBusy) shared.lastUse = this.#ticker.count
      else if (this.#ticker.isOver(shared.lastUse, maxIdleMs)) shared.finish()
    }
  }

  #stop(): void {
    const error = new ProxyError('SHUTTING_DOWN', 'Cannot wait for a reply: the proxy stops')
    for (const shared of [...this.#pipelines.values()]) shared.close(error)
    this.#ticker.stop()
  }
}
