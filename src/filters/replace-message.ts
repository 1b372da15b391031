import type { Output, Replacement } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import type { Event, Message } from '../events.ts'
import { type CollectOptions, readCollectOptions } from './collect-options.ts'
import type { ConstantOutput } from './constant-output.ts'
import type { CollectedMessage } from './collected-message.ts'
import { MessageCollector } from './message-collector.ts'
import { noResponse } from './no-response.ts'
import { type CheckedReplacement, checkReplacement } from './check-replacement.ts'
import { ReplacingFilter } from './replacing-filter.ts'

/**
 * Replaces each whole message: swallows it, and outputs the replacement in the place of its MessageEnd. A request that
 * would be left without an answer by a replacement of nothing is answered with 500.
 *
 * The body is collected up to `maxBodyBytes`; a longer one fails with BODY_TOO_LARGE (Pipy cuts it off). For a constant
 * nothing is collected, so any length will do.
 * @param replacement what to output instead, or a function of the message that gives it; nothing deletes the message.
 * A function that gives anything but events, Messages or nothing fails with INVALID_OUTPUT
 * @throws INVALID_ARGUMENT when the replacement is a constant that cannot be output, or the limit no number
 */
export function replaceMessage<V = Variables>(
  replacement?: Replacement<Message, V>,
  options: CollectOptions = {},
): FilterRecipe<V> {
  const name = 'replaceMessage'
  const checked = checkReplacement(name, replacement)
  const maxBodyBytes = readCollectOptions(name, options)
  return { name, bind: () => (pipeline) => new MessageReplacer(pipeline, name, checked, maxBodyBytes) }
}

class MessageReplacer<V> extends ReplacingFilter<Message, V> {
  readonly #collector: MessageCollector
  #replaced: CollectedMessage | undefined

  constructor(pipeline: Pipeline<V>, name: string, replacement: CheckedReplacement<Message, V>, maxBodyBytes: number) {
    super(pipeline, name, replacement)
    this.#collector = new MessageCollector(maxBodyBytes)
  }

  override close(): void {
    super.close()
    this.#collector.clear()
    this.#replaced = undefined
  }

  protected override handle(event: Event): void {
    const collector = this.#collector
    const isInside = collector.isCollecting
    if (event.type === 'Data' && isInside && this.isConstant) return
    const message = collector.collect(event)
    if (message !== undefined) this.#replace(message)
    else if (collector.isTruncated) this.fail(collector.overflow)
    else if (event.type !== 'MessageStart' && !(event.type === 'Data' && isInside)) this.next.process(event)
  }

  protected override emit(output: Output | ConstantOutput): void {
    const replaced = this.#replaced
    this.#replaced = undefined
    if (this.send(output, replaced) || !this.pipeline.isExchange) return
    this.next.process(noResponse(this.pipeline, `answer with ${this.name}`, 'the replacement is nothing'))
  }

  #replace(message: CollectedMessage): void {
    this.#replaced = message
    // A constant needs no head object.
    if (!this.replaceByConstant()) this.replace(message.toMessage())
  }
}
