import { type Event, Filter, type FilterRecipe, type Log, type Pipeline, ProxyError, StreamEnd } from 'sluice'

/**
 * Ends a stream with BODY_TOO_LARGE when the body of a message grows beyond the limit.
 * @param maxBytes the longest body that passes
 */
export function limitBody<V extends object>(maxBytes: number): FilterRecipe<V> {
  return {
    name: 'limitBody',
    label: `${maxBytes} bytes`,
    bind: (scope) => {
      const position = new LimitPosition(maxBytes, scope.log)
      scope.onStop(() => position.report())
      return (pipeline) => new LimitBodyFilter(pipeline, position)
    },
  }
}

/** What all sessions that pass this place of the proxy have in common. */
class LimitPosition {
  readonly maxBytes: number
  refusedCount = 0
  readonly #log: Log

  constructor(maxBytes: number, log: Log) {
    this.maxBytes = maxBytes
    this.#log = log
  }

  report(): void {
    this.#log.info(`limitBody refused ${this.refusedCount} messages`)
  }
}

/** One session. */
class LimitBodyFilter<V extends object> extends Filter<V> {
  readonly #position: LimitPosition
  #size = 0
  #isOver = false

  constructor(pipeline: Pipeline<V>, position: LimitPosition) {
    super(pipeline)
    this.#position = position
  }

  override process(event: Event): void {
    if (this.#isOver) return
    if (event.type === 'MessageStart') this.#size = 0
    if (event.type === 'Data') this.#size += event.size
    if (this.#size > this.#position.maxBytes) this.#refuse()
    else this.next.process(event)
  }

  #refuse(): void {
    this.#isOver = true
    this.#position.refusedCount++
    const text = `Cannot take the body: it is longer than ${this.#position.maxBytes} bytes`
    this.next.process(new StreamEnd(new ProxyError('BODY_TOO_LARGE', text)))
  }
}
