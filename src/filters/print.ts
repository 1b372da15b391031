import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import { Filter } from '../engine/filter.ts'
import type { Log } from '../engine/log.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import type { Event } from '../events.ts'

const MAX_LINE_LENGTH = 100

/**
 * Writes data to the log as text (UTF-8), a line at a time, and passes everything. Control characters are left out, and
 * lines broken after 100 characters.
 */
export function print<V = Variables>(): FilterRecipe<V> {
  return {
    name: 'print',
    bind:
      ({ log }) =>
      (pipeline) =>
        new PrintFilter(pipeline, log),
  }
}

class PrintFilter<V> extends Filter<V> {
  readonly #log: Log
  readonly #decoder = new TextDecoder()
  #line = ''

  constructor(pipeline: Pipeline<V>, log: Log) {
    super(pipeline)
    this.#log = log
  }

  override process(event: Event): void {
    if (event.type === 'Data') this.#write(this.#decoder.decode(event.bytes, { stream: true }))
    else if (event.type !== 'MessageStart') this.#end()
    this.next.process(event)
  }

  #write(text: string): void {
    for (const character of text) {
      if (character === '\n') this.#flush()
      else if (character >= ' ' && character !== '\x7f') this.#add(character)
    }
  }

  #add(character: string): void {
    this.#line += character
    if (this.#line.length >= MAX_LINE_LENGTH) this.#flush()
  }

  #end(): void {
    this.#write(this.#decoder.decode())
    if (this.#line !== '') this.#flush()
  }

  #flush(): void {
    this.#log.info(this.#line)
    this.#line = ''
  }
}
