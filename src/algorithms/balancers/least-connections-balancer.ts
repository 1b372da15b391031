import type { BalancedTarget, Balancer, PickOptions } from './balancer.ts'
import { type HeapItem, IndexedHeap } from './indexed-heap.ts'
import { isUsable, MAX_FURTHER_TRIES } from './is-usable.ts'
import { limitWeight } from './limit-weight.ts'

interface Entry extends HeapItem {
  readonly target: BalancedTarget
  order: number
  /** 0 for a target that takes no part now. */
  weight: number
  /** Requests under way for its weight; the smallest is next. */
  load: number
  /** Among equal loads the smallest turn is next. */
  turn: number
}

/**
 * The target with the fewest requests under way for its weight. Targets that are equal in this take turns by weight, so
 * that an idle service does not send everything to the first of the list. O(log n) per pick and per change.
 *
 * A target that fails at once always has the fewest requests under way: without health checks or ejection it draws all
 * traffic. The same rule as `least_conn` of nginx and `leastconn` of HAProxy.
 */
export class LeastConnectionsBalancer implements Balancer {
  readonly name = 'least-connections'
  readonly isKeyed = false
  #entries = new Map<BalancedTarget, Entry>()
  readonly #queue = new IndexedHeap<Entry>(precedes)
  /** Where the turns stand: a target that had none for long is not owed them. */
  #turn = 0

  update(targets: readonly BalancedTarget[]): void {
    const previous = this.#entries
    this.#entries = new Map()
    this.#queue.clear()
    for (const target of targets) {
      if (this.#entries.has(target)) continue
      const entry = previous.get(target) ?? createEntry(target)
      entry.order = this.#entries.size
      entry.weight = 0
      this.#entries.set(target, entry)
      this.changed(target)
    }
  }

  changed(target: BalancedTarget): void {
    const entry = this.#entries.get(target)
    if (entry === undefined) return
    const weight = target.isAvailable ? limitWeight(target.weight) : 0
    entry.weight = weight
    const wasIn = this.#queue.has(entry)
    if (weight === 0) {
      if (wasIn) this.#queue.remove(entry)
      return
    }
    entry.load = target.active / weight
    if (wasIn) this.#queue.moved(entry)
    else this.#queue.push(entry)
  }

  pick(options: PickOptions): BalancedTarget | undefined {
    const entry = this.#next(options)
    if (entry === undefined) return undefined
    this.#turn = Math.max(entry.turn, this.#turn)
    entry.turn = this.#turn + 1 / entry.weight
    this.#queue.moved(entry)
    return entry.target
  }

  #next(options: PickOptions): Entry | undefined {
    const { first } = this.#queue
    if (first === undefined || isUsable(first.target, options)) return first
    const found = this.#queue.find(({ target }) => isUsable(target, options), MAX_FURTHER_TRIES)
    if (found !== undefined) return found
    let least: Entry | undefined
    for (const entry of this.#entries.values()) {
      if (entry.weight === 0 || !isUsable(entry.target, options)) continue
      if (least === undefined || precedes(entry, least)) least = entry
    }
    return least
  }
}

function createEntry(target: BalancedTarget): Entry {
  return { target, order: 0, weight: 0, load: 0, turn: 0, position: -1 }
}

function precedes(a: Entry, b: Entry): boolean {
  if (a.load !== b.load) return a.load < b.load
  return a.turn === b.turn ? a.order < b.order : a.turn < b.turn
}
