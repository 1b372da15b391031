import type { Context, Variables } from '../../src/engine/context.ts'
import type { FilterRecipe } from '../../src/engine/filter-recipe.ts'
import { Filter } from '../../src/engine/filter.ts'
import type { Event } from '../../src/events.ts'
import { describeEvent } from './describe-event.ts'
import { lend } from './lend.ts'

/** A filter whose sessions swallow what they get, write it down, and output what the test says, when it says so. */
export class ManualFilter<V = Variables> {
  readonly recipe: FilterRecipe<V>
  /** One for each pipeline that was opened, in order. */
  readonly sessions: ManualSession<V>[] = []

  constructor() {
    this.recipe = {
      name: 'manual',
      bind: () => (pipeline) => {
        const session = new ManualSession(pipeline)
        this.sessions.push(session)
        return session
      },
    }
  }

  /** The session that was opened as the `i`th, from 0. */
  session(i: number): ManualSession<V> {
    const session = this.sessions[i]
    if (session === undefined) throw new Error(`Cannot find session ${i}: there are ${this.sessions.length}`)
    return session
  }
}

export class ManualSession<V = Variables> extends Filter<V> {
  closeCount = 0
  /** How often whoever takes the output is full and has not said otherwise. */
  pauses = 0
  #received: string[] = []

  get context(): Context<V> {
    return this.pipeline.context
  }

  /** What came in since the last time, in words. */
  take(): string[] {
    return this.#received.splice(0)
  }

  /** Outputs events; bytes are lent for the call only. */
  emit(...events: Event[]): void {
    for (const event of events) lend(event, this.next)
  }

  override process(event: Event): void {
    this.#received.push(describeEvent(event))
  }

  override pause(): void {
    this.pauses++
  }

  override resume(): void {
    this.pauses--
  }

  override close(): void {
    this.closeCount++
  }
}
