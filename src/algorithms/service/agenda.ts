import { IndexedHeap } from '../balancers/indexed-heap.ts'

/** Something to be done at a time. */
export interface AgendaEntry {
  readonly atMs: number
  readonly action: (nowMs: number) => void
  position: number
  readonly order: number
}

/** What is to be done when. It has no timer: whoever has a clock says what time it is. */
export class Agenda {
  readonly #heap = new IndexedHeap<AgendaEntry>((a, b) => (a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs))
  #count = 0

  /** When the next thing is due; Infinity when there is nothing to do. */
  get nextMs(): number {
    return this.#heap.first?.atMs ?? Number.POSITIVE_INFINITY
  }

  add(atMs: number, action: (nowMs: number) => void): AgendaEntry {
    const entry = { atMs, action, position: -1, order: this.#count++ }
    this.#heap.push(entry)
    return entry
  }

  /** Takes an entry out, if it is still there. */
  remove(entry: AgendaEntry | undefined): void {
    if (entry !== undefined && this.#heap.has(entry)) this.#heap.remove(entry)
  }

  /** Does everything that is due, in order of time; what it adds for later stays. */
  run(nowMs: number): void {
    // What an action adds for this very moment waits for the next call, so that this one ends.
    const end = this.#count
    const late: AgendaEntry[] = []
    for (let { first } = this.#heap; first !== undefined && first.atMs <= nowMs; first = this.#heap.first) {
      this.#heap.remove(first)
      if (first.order >= end) late.push(first)
      else first.action(nowMs)
    }
    for (const entry of late) this.#heap.push(entry)
  }
}
