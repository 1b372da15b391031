import { provide, type Provider } from '../engine/callback.ts'
import { CallbackFilter } from '../engine/callback-filter.ts'
import type { Variables } from '../engine/context.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import { LIMITS } from '../limits.ts'
import { type CollectedMessage, MessageCollector } from './message-collector.ts'
import type { SharedPipeline } from './shared-pipeline.ts'
import type { SharedPipelines } from './shared-pipelines.ts'

/** A filter that sends whole messages into the shared pipeline of its key. */
export abstract class SharedSender<V = Variables> extends CallbackFilter<V> {
  protected readonly collector = new MessageCollector(LIMITS.maxBodyBytes)
  readonly #position: SharedPipelines<V>
  readonly #keyProvider: Provider<unknown, V> | undefined
  #key: unknown
  #hasKey = false

  constructor(
    pipeline: Pipeline<V>,
    name: string,
    position: SharedPipelines<V>,
    keyProvider: Provider<unknown, V> | undefined,
  ) {
    super(pipeline, name)
    this.#position = position
    this.#keyProvider = keyProvider
  }

  override close(): void {
    super.close()
    this.collector.clear()
  }

  /** Sends a message: at once, or when the key is known. */
  protected send(message: CollectedMessage): void {
    if (this.#hasKey) {
      this.#sendTo(this.#key, message)
      return
    }
    let key: unknown
    try {
      key = provide(this.#keyProvider, this.pipeline.context)
    } catch (error) {
      this.fail(error)
      return
    }
    if (key instanceof Promise) this.waitFor(key, (result) => this.#sendTo(result, message))
    else this.#sendTo(key, message)
  }

  /** Sends a message into the pipeline that is open for it. */
  protected abstract sendTo(shared: SharedPipeline<V>, message: CollectedMessage): void

  #sendTo(key: unknown, message: CollectedMessage): void {
    this.#hasKey = true
    this.#key = key
    this.sendTo(this.#position.get(key, this.pipeline.context), message)
  }
}
