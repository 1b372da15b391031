import { algo } from 'sluice'
import type { Trace } from './trace.ts'

/** A ResourcePool of which every move is looked at: nothing is held by two, nothing is freed that is not held. */
export class WatchedPool {
  readonly #pool: algo.ResourcePool<number, string>
  readonly #held = new Set<number>()
  readonly #trace: Trace

  constructor(trace: Trace) {
    let last = 0
    this.#trace = trace
    this.#pool = new algo.ResourcePool<number, string>(() => ++last)
  }

  /** How many are held now. */
  get heldCount(): number {
    return this.#held.size
  }

  allocate(target: string): number {
    const id = this.#pool.allocate(target)
    if (this.#held.has(id)) this.#trace.violate(`resource ${id} was handed to a second user`)
    this.#held.add(id)
    return id
  }

  free(id: number): void {
    if (!this.#held.delete(id)) this.#trace.violate(`resource ${id} was freed although nobody had it`)
    this.#pool.free(id)
  }
}
