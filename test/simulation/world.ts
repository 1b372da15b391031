import type { Transport } from 'sluice'
import type { FaultKind } from './fault-kinds.ts'
import type { Ledger } from './ledger.ts'
import type { Trace } from './trace.ts'

/** What all actors of one simulation share: time, chance, the faults of this world, and the record of what happened. */
export class World {
  readonly transport: Transport
  readonly random: () => number
  readonly trace: Trace
  readonly ledger: Ledger
  /** How often each fault happened. */
  readonly counts = new Map<FaultKind, number>()
  /** Since when the proxy is being stopped. */
  drainedSinceMs = Number.POSITIVE_INFINITY
  drainTimeoutMs = 0
  /** Where connections are read byte by byte long bodies take too many steps. */
  hasLongBodies = false
  readonly #enabled = new Map<FaultKind, boolean>()
  readonly #calmness: number

  constructor(transport: Transport, random: () => number, trace: Trace, ledger: Ledger) {
    this.transport = transport
    this.random = random
    this.trace = trace
    this.ledger = ledger
    // A world in which few things go wrong shows other mistakes than one in which everything does.
    this.#calmness = random()
  }

  get isDraining(): boolean {
    return this.transport.now() >= this.drainedSinceMs
  }

  /** Whether the time for stopping in good order is over. */
  get isDrainOver(): boolean {
    return this.transport.now() >= this.drainedSinceMs + this.drainTimeoutMs
  }

  chance(probability: number): boolean {
    return this.random() < probability
  }

  /** A whole number less than `limit`; with a `bias` above 1 a small one more often. */
  below(limit: number, bias = 1): number {
    return Math.floor(this.random() ** bias * limit)
  }

  pick<T>(values: readonly [T, ...T[]]): T {
    return values[this.below(values.length)] ?? values[0]
  }

  /** The length of a body: mostly short, and rarely more than anybody between may hold. */
  drawBodyBytes(): number {
    if (this.hasLongBodies && this.fault('long bodies', 0.02)) return 400_000 + this.below(300_000)
    return this.below(40_000, 3)
  }

  /** Whether a kind of fault happens in this world at all: each world has its own mixture. */
  has(kind: FaultKind): boolean {
    let isEnabled = this.#enabled.get(kind)
    if (isEnabled === undefined) {
      isEnabled = this.chance(this.#calmness)
      this.#enabled.set(kind, isEnabled)
    }
    return isEnabled
  }

  /** Whether a fault happens here and now; if so, it is counted. */
  fault(kind: FaultKind, probability: number): boolean {
    if (!this.has(kind) || !this.chance(probability)) return false
    this.count(kind)
    return true
  }

  count(kind: FaultKind): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1)
  }

  /** Does something later; with a time of 0 still later than now. */
  later(action: () => void, delayMs: number): void {
    this.transport.setTimer(action, delayMs)
  }
}
