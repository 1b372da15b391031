import type { Output, Replacement } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import type { Data, Event, MessageEnd } from '../events.ts'
import { type CollectOptions, readCollectOptions } from './collect-options.ts'
import { startWithUnknownLength } from './start-with-unknown-length.ts'
import type { ConstantOutput } from './constant-output.ts'
import { MessageCollector } from './message-collector.ts'
import { type CheckedReplacement, checkReplacement } from './check-replacement.ts'
import { ReplacingFilter } from './replacing-filter.ts'

/**
 * Replaces the body of each message: the head passes at once, without its Content-Length, which no longer holds; the
 * body is swallowed, and the replacement output before the MessageEnd.
 *
 * The body is collected up to `maxBodyBytes`; a longer one fails with BODY_TOO_LARGE (Pipy cuts it off). For a constant
 * nothing is collected, so any length will do.
 * @param replacement what to output instead, or a function of the body that gives it; nothing leaves the body empty.
 * A function that gives anything but events, Messages or nothing fails with INVALID_OUTPUT
 * @throws INVALID_ARGUMENT when the replacement is a constant that cannot be output, or the limit no number
 */
export function replaceMessageBody<V = Variables>(
  replacement?: Replacement<Data, V>,
  options: CollectOptions = {},
): FilterRecipe<V> {
  const name = 'replaceMessageBody'
  const checked = checkReplacement(name, replacement)
  const maxBodyBytes = readCollectOptions(name, options)
  return { name, bind: () => (pipeline) => new BodyReplacer(pipeline, name, checked, maxBodyBytes) }
}

class BodyReplacer<V> extends ReplacingFilter<Data, V> {
  readonly #collector: MessageCollector
  /** What follows the replacement. */
  #end: MessageEnd | undefined

  constructor(pipeline: Pipeline<V>, name: string, replacement: CheckedReplacement<Data, V>, maxBodyBytes: number) {
    super(pipeline, name, replacement)
    this.#collector = new MessageCollector(maxBodyBytes)
  }

  override close(): void {
    super.close()
    this.#collector.clear()
  }

  protected override handle(event: Event): void {
    const collector = this.#collector
    const isBody = event.type === 'Data' && collector.isCollecting
    if (isBody && this.isConstant) return
    const message = collector.collect(event)
    if (message !== undefined) this.#replace(message.body, message.end)
    else if (collector.isTruncated) this.fail(collector.overflow)
    else if (!isBody) this.next.process(event.type === 'MessageStart' ? startWithUnknownLength(event) : event)
  }

  protected override emit(output: Output | ConstantOutput): void {
    this.send(output)
    if (this.#end !== undefined) this.next.process(this.#end)
    this.#end = undefined
  }

  #replace(body: Data, end: MessageEnd): void {
    this.#end = end
    this.replace(body)
  }
}
