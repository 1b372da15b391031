import type { EventCallback } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import type { Event } from '../events.ts'
import { HandlerFilter } from './handler-filter.ts'
import type { CollectedMessage } from './collected-message.ts'
import { MessageCollector } from './message-collector.ts'

/** A filter that calls back with each message, or a part of it, when the message is complete. */
export abstract class MessageHandler<Argument, V = Variables> extends HandlerFilter<Argument, V> {
  readonly #collector: MessageCollector

  constructor(pipeline: Pipeline<V>, name: string, callback: EventCallback<Argument, V>, maxBodyBytes: number) {
    super(pipeline, name, callback)
    this.#collector = new MessageCollector(maxBodyBytes)
  }

  override close(): void {
    super.close()
    this.#collector.clear()
  }

  /** What the callback is given. */
  protected abstract argumentOf(message: CollectedMessage): Argument

  protected override handle(event: Event): void {
    const collector = this.#collector
    const wasTruncated = collector.isTruncated
    const message = collector.collect(event)
    if (message !== undefined) {
      this.handleThenPass(this.argumentOf(message), event)
      return
    }
    if (collector.isTruncated && !wasTruncated) this.#logTruncation()
    this.next.process(event)
  }

  #logTruncation(): void {
    const { layout } = this.pipeline
    const error = this.#collector.overflow
    layout.log.error(`Cutting off the body that ${this.name} in ${layout.title} gets: ${error.message}`, error)
  }
}
