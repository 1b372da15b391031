/** What an IndexedHeap holds: it remembers where it is. */
export interface HeapItem {
  /** Its place in the heap; -1 outside. Only the heap writes it. */
  position: number
}

const OUTSIDE = -1

/** A binary heap whose items can be moved and taken out from any place, each in logarithmic time. */
export class IndexedHeap<T extends HeapItem> {
  readonly #precedes: (a: T, b: T) => boolean
  readonly #items: T[] = []

  /** @param precedes whether a stands before b: a strict order */
  constructor(precedes: (a: T, b: T) => boolean) {
    this.#precedes = precedes
  }

  get first(): T | undefined {
    return this.#items[0]
  }

  get size(): number {
    return this.#items.length
  }

  has(item: T): boolean {
    return this.#items[item.position] === item
  }

  clear(): void {
    for (const item of this.#items) item.position = OUTSIDE
    this.#items.length = 0
  }

  push(item: T): void {
    item.position = this.#items.length
    this.#items.push(item)
    this.#rise(item)
  }

  /** Puts an item in its place after what it is ordered by changed. */
  moved(item: T): void {
    this.#rise(item)
    this.#sink(item)
  }

  remove(item: T): void {
    const { position } = item
    const last = this.#items.pop()
    item.position = OUTSIDE
    if (last === undefined || last === item) return
    this.#place(last, position)
    this.moved(last)
  }

  /**
   * The first item in order of which `isWanted` is true, among the first `limit + 1`. The heap is the same afterwards,
   * apart from the order among equals.
   */
  find(isWanted: (item: T) => boolean, limit: number): T | undefined {
    const passedOver: T[] = []
    let { first } = this
    while (first !== undefined && !isWanted(first) && passedOver.length < limit) {
      this.remove(first)
      passedOver.push(first)
      first = this.first
    }
    for (const item of passedOver) this.push(item)
    return first !== undefined && isWanted(first) ? first : undefined
  }

  #rise(item: T): void {
    let { position } = item
    while (position > 0) {
      const above = (position - 1) >> 1
      const parent = this.#items[above] as T
      if (!this.#precedes(item, parent)) break
      this.#place(parent, position)
      position = above
    }
    this.#place(item, position)
  }

  #sink(item: T): void {
    let { position } = item
    for (;;) {
      const left = this.#items[2 * position + 1]
      const right = this.#items[2 * position + 2]
      const below = left !== undefined && right !== undefined && this.#precedes(right, left) ? right : left
      if (below === undefined || !this.#precedes(below, item)) break
      const { position: from } = below
      this.#place(below, position)
      position = from
    }
    this.#place(item, position)
  }

  #place(item: T, position: number): void {
    this.#items[position] = item
    item.position = position
  }
}
