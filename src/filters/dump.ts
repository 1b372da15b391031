import type { Provider } from '../engine/callback.ts'
import { CallbackFilter } from '../engine/callback-filter.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import { provide } from '../engine/provide.ts'
import type { Event } from '../events.ts'
import { hexDump } from './hex-dump.ts'

/**
 * Writes each event to the log and passes it: `[dump] [inbound=1] [tag] Data [size=5]`, and the bytes of data in
 * hexadecimal beside their text.
 * @param tag what to write with it, or a function of the context that gives it
 */
export function dump<V = Variables>(tag?: Provider<unknown, V>): FilterRecipe<V> {
  const name = 'dump'
  return { name, bind: () => (pipeline) => new DumpFilter(pipeline, name, tag) }
}

class DumpFilter<V> extends CallbackFilter<V> {
  readonly #tag: Provider<unknown, V>

  constructor(pipeline: Pipeline<V>, name: string, tag: Provider<unknown, V>) {
    super(pipeline, name)
    this.#tag = tag
  }

  protected override handle(event: Event): void {
    let tag: unknown
    try {
      tag = provide(this.#tag, this.pipeline.context)
    } catch (error) {
      this.fail(error)
      return
    }
    if (!(tag instanceof Promise)) {
      this.#dump(event, tag)
      return
    }
    if (event.type === 'Data') event.keep()
    this.waitFor(tag, (result) => this.#dump(event, result))
  }

  #dump(event: Event, tag: unknown): void {
    const { context, layout } = this.pipeline
    const inbound = context.__inbound === null ? '' : ` [inbound=${context.__inbound.id}]`
    const tagged = tag === undefined || tag === null || tag === '' ? '' : ` [${String(tag)}]`
    layout.log.info(`[dump]${inbound}${tagged} ${describe(event)}`)
    if (event.type === 'Data') for (const line of hexDump(event.bytes)) layout.log.info(line)
    this.next.process(event)
  }
}

function describe(event: Event): string {
  switch (event.type) {
    case 'Data':
      return `Data [size=${event.size}]`
    case 'MessageStart':
      return event.head === undefined ? 'MessageStart' : `MessageStart ${toText(event.head)}`
    case 'MessageEnd':
      return event.tail === undefined ? 'MessageEnd' : `MessageEnd ${toText(event.tail)}`
    case 'StreamEnd':
      return event.error === undefined ? 'StreamEnd' : `StreamEnd [${describeError(event.error)}]`
  }
}

function toText(fields: object): string {
  try {
    return JSON.stringify(fields)
  } catch {
    // A script's head may hold what JSON does not know; that is no reason to fail.
    return String(fields)
  }
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error ? `${String(error.code)}: ${error.message}` : error.message
}
