import type { TargetStateChange } from './target-state.ts'

type Listener = (change: TargetStateChange) => void

/** Tells listeners of changes, in order, once everything is consistent; what one throws harms nobody. */
export class TargetWatch {
  /** How often a listener threw. */
  errorCount = 0
  readonly #listeners = new Set<{ readonly call: Listener }>()
  readonly #report: (message: string, error: unknown) => void
  readonly #changes: TargetStateChange[] = []
  #isTelling = false

  /** @param report told of what listeners throw */
  constructor(listener: Listener | undefined, report: (message: string, error: unknown) => void) {
    this.#report = report
    if (listener !== undefined) this.subscribe(listener)
  }

  /** @returns ends it */
  subscribe(listener: Listener): () => void {
    const entry = { call: listener }
    this.#listeners.add(entry)
    return () => void this.#listeners.delete(entry)
  }

  /** Notes a change; `tell` tells of it. */
  add(change: TargetStateChange): void {
    this.#changes.push(change)
  }

  /** Tells of what was noted. What listeners cause thereby is told when all have heard what was before. */
  tell(): void {
    if (this.#isTelling) return
    this.#isTelling = true
    for (let change = this.#changes.shift(); change !== undefined; change = this.#changes.shift()) {
      for (const { call } of [...this.#listeners]) this.#call(call, change)
    }
    this.#isTelling = false
  }

  #call(listener: Listener, change: TargetStateChange): void {
    try {
      const result: unknown = listener(change)
      if (result instanceof Promise) result.catch((error: unknown) => this.#fail(error, change))
    } catch (error) {
      this.#fail(error, change)
    }
  }

  #fail(error: unknown, { service, target }: TargetStateChange): void {
    this.errorCount++
    this.#report(`Cannot tell a listener of service "${service.name}" about "${target.address}": it threw`, error)
  }
}
