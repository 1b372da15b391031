import type { EventCallback } from '../engine/callback.ts'
import { CallbackFilter } from '../engine/callback-filter.ts'
import type { Variables } from '../engine/context.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import { ProxyError } from '../errors.ts'
import type { Data, Event } from '../events.ts'

/** Cuts each Data where a function says so. */
export class SplitFilter<V = Variables> extends CallbackFilter<V> {
  readonly #callback: EventCallback<number, V>

  constructor(pipeline: Pipeline<V>, name: string, callback: EventCallback<number, V>) {
    super(pipeline, name)
    this.#callback = callback
  }

  protected override handle(event: Event): void {
    if (event.type === 'Data' && event.size > 0) this.#split(event)
    else this.next.process(event)
  }

  #split(data: Data): void {
    const { bytes } = data
    let start = 0
    for (let i = 0; i < bytes.length; i++) {
      let result: unknown
      try {
        result = this.#callback(bytes[i] as number, this.pipeline.context)
      } catch (error) {
        this.fail(error)
        return
      }
      if (result instanceof Promise) {
        this.fail(
          new ProxyError('INVALID_OUTPUT', `Cannot wait for the callback of ${this.name}: it is asked at each byte`),
        )
        return
      }
      const cut = Number(result)
      const end = cut > 0 ? i + 1 : cut < 0 ? i : start
      if (end === start) continue
      this.next.process(data.slice(start, end))
      start = end
    }
    if (start < bytes.length) this.next.process(data.slice(start, bytes.length))
  }
}
