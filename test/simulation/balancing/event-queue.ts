import { IndexedHeap } from '../../../src/algorithms/balancers/indexed-heap.ts'

/** So many turns of the microtask queue let everything happen that promises have set off. */
const SETTLING_TURNS = 32

/** Something that happens at a time of the simulation. */
export class SimulatedEvent {
  position = -1
  atMs = 0
  order = 0
  readonly happen: () => void

  constructor(happen: () => void) {
    this.happen = happen
  }
}

/** The clock of a simulation: it jumps from one event to the next. What is due at the same time happens in order. */
export class EventQueue {
  readonly #events = new IndexedHeap<SimulatedEvent>((a, b) =>
    a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs,
  )
  #nowMs = 0
  #count = 0
  #hasPromises = false

  get nowMs(): number {
    return this.#nowMs
  }

  /** Sets when an event happens, `delayMs` from now. It must not be set already. */
  set(event: SimulatedEvent, delayMs: number): void {
    event.atMs = this.#nowMs + Math.max(0, delayMs)
    event.order = this.#count++
    this.#events.push(event)
  }

  add(happen: () => void, delayMs: number): SimulatedEvent {
    const event = new SimulatedEvent(happen)
    this.set(event, delayMs)
    return event
  }

  /** Takes an event back, if it has not happened. */
  cancel(event: SimulatedEvent): void {
    if (this.#events.has(event)) this.#events.remove(event)
  }

  /** Says that a promise has settled: what waits for it comes before the next event. */
  promised(): void {
    this.#hasPromises = true
  }

  /** Lets everything happen that is due up to a time. */
  async run(untilMs: number): Promise<void> {
    for (;;) {
      if (this.#hasPromises) {
        this.#hasPromises = false
        for (let turn = 0; turn < SETTLING_TURNS; turn++) await Promise.resolve()
      }
      const { first } = this.#events
      if (first === undefined || first.atMs > untilMs) break
      this.#events.remove(first)
      this.#nowMs = first.atMs
      first.happen()
    }
    this.#nowMs = untilMs
  }
}
