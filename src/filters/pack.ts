import { CallbackFilter } from '../engine/callback-filter.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import { type Data, type Event, MessageEnd, type MessageStart } from '../events.ts'
import { LIMITS } from '../limits.ts'
import type { Timer, Transport } from '../transport.ts'
import { BodyCollector } from './body-collector.ts'
import { bodyTooLarge } from './body-too-large.ts'
import { startWithUnknownLength } from './start-with-unknown-length.ts'
import { requireNumber } from './require-number.ts'

export interface PackOptions {
  /** Outputs what there is when no message has ended for this time; 0 waits for all. @default 0 */
  readonly timeoutMs?: number
  /** Pipy's share of unused room in its chunks. Bodies are joined into one piece here, so it has no effect. */
  readonly vacancy?: number
}

/**
 * Makes one message of several: the head of the first, the bodies one after the other, the tail of the last. What is
 * complete when the stream ends is output then. Bodies beyond 16 MiB together fail with BODY_TOO_LARGE.
 * @param count how many messages make one. @default 1
 * @throws INVALID_ARGUMENT when the count or an option is out of range
 */
export function pack<V = Variables>(count = 1, options: PackOptions = {}): FilterRecipe<V> {
  const name = 'pack'
  requireNumber(name, 'count', count, 1)
  requireNumber(name, 'timeoutMs', options.timeoutMs, 0)
  requireNumber(name, 'vacancy', options.vacancy, 0)
  const { timeoutMs = 0 } = options
  return {
    name,
    bind: ({ transport }) => {
      const settings = { count, timeoutMs, transport }
      return (pipeline) => new PackFilter(pipeline, name, settings)
    },
  }
}

interface PackSettings {
  readonly count: number
  readonly timeoutMs: number
  readonly transport: Transport
}

class PackFilter<V> extends CallbackFilter<V> {
  readonly #settings: PackSettings
  readonly #body = new BodyCollector(LIMITS.maxBodyBytes)
  /** Of the first message. */
  #start: MessageStart | undefined
  /** Of the last message that is complete. */
  #end: MessageEnd | undefined
  #completeCount = 0
  #completeBytes = 0
  #isInMessage = false
  #timer: Timer | undefined
  #lastEnd = 0

  constructor(pipeline: Pipeline<V>, name: string, settings: PackSettings) {
    super(pipeline, name)
    this.#settings = settings
  }

  override close(): void {
    super.close()
    this.#timer?.cancel()
    this.#body.clear()
  }

  protected override handle(event: Event): void {
    switch (event.type) {
      case 'MessageStart':
        this.#start ??= event
        this.#isInMessage = true
        return
      case 'Data':
        this.#add(event)
        return
      case 'MessageEnd':
        if (this.#isInMessage) this.#endMessage(event)
        else this.next.process(event)
        return
      case 'StreamEnd':
        if (this.#completeCount > 0) this.#flush()
        this.next.process(event)
    }
  }

  #add(data: Data): void {
    if (!this.#isInMessage) this.next.process(data)
    else if (!this.#body.push(data)) this.fail(bodyTooLarge(this.#start, this.#body.maxBodyBytes))
  }

  #endMessage(event: MessageEnd): void {
    const { count, timeoutMs, transport } = this.#settings
    this.#isInMessage = false
    this.#end = event
    this.#completeCount++
    this.#completeBytes = this.#body.size
    if (this.#completeCount >= count) {
      this.#flush()
      return
    }
    if (timeoutMs === 0) return
    this.#lastEnd = transport.now()
    this.#timer ??= transport.setTimer(this.#checkTimeout, timeoutMs)
  }

  readonly #checkTimeout = (): void => {
    const { timeoutMs, transport } = this.#settings
    this.#timer = undefined
    const rest = this.#lastEnd + timeoutMs - transport.now()
    if (rest > 0) this.#timer = transport.setTimer(this.#checkTimeout, rest)
    // A message that is under way will end, and be asked for again then.
    else if (this.#completeCount > 0 && !this.#isInMessage) this.enter(() => this.#flush())
  }

  #flush(): void {
    const body = this.#body.take().slice(0, this.#completeBytes)
    const start = this.#start
    const end = this.#end
    this.#timer?.cancel()
    this.#timer = undefined
    this.#start = undefined
    this.#completeCount = 0
    this.#completeBytes = 0
    if (start !== undefined) this.next.process(startWithUnknownLength(start))
    if (body.size > 0) this.next.process(body)
    this.next.process(end ?? new MessageEnd())
  }
}
