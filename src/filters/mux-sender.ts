import type { Key, Provider } from '../engine/callback.ts'
import { CallbackFilter } from '../engine/callback-filter.ts'
import type { Variables } from '../engine/context.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import { provide } from '../engine/provide.ts'
import { LIMITS } from '../limits.ts'
import type { CollectedMessage } from './collected-message.ts'
import { MessageCollector } from './message-collector.ts'
import type { MuxedPipeline } from './muxed-pipeline.ts'
import type { MuxPosition } from './mux-position.ts'

/** A filter that sends whole messages into the shared pipeline of its key. */
export abstract class MuxSender<V = Variables> extends CallbackFilter<V> {
  protected readonly collector = new MessageCollector(LIMITS.maxBodyBytes)
  readonly #position: MuxPosition<V>
  readonly #keyProvider: Provider<Key, V> | undefined
  #key: Key
  #hasKey = false

  constructor(
    pipeline: Pipeline<V>,
    name: string,
    position: MuxPosition<V>,
    keyProvider: Provider<Key, V> | undefined,
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
    let key: Key | Promise<Key>
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
  protected abstract sendTo(shared: MuxedPipeline<V>, message: CollectedMessage): void

  #sendTo(key: Key, message: CollectedMessage): void {
    this.#hasKey = true
    this.#key = key
    this.sendTo(this.#position.get(key, this.pipeline.context), message)
  }
}
