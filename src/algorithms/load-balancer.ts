import { ProxyError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { Cache } from './cache.ts'
import { isHealthy, type UnhealthyTargets } from './selection/is-healthy.ts'
import type { Selection } from './selection/selection.ts'

/** Targets of weight 1, or weights by target. A target of weight 0 gets nothing; one below 0 counts as 0. */
export type BalancerTargets = readonly string[] | Readonly<Record<string, number>>

/** What a borrower of a target gets. The object is nobody else's meanwhile, so it can be the key of a connection. */
export interface BorrowedTarget {
  readonly id: string
}

/** A target on the list. */
interface Target {
  weight: number
  /** For those who do not borrow. */
  readonly open: BorrowedTarget
  /** Given back, the last first: its connection is the most likely to be open still. */
  readonly returned: BorrowedTarget[]
}

interface Loan {
  readonly target: Target
  readonly borrowed: BorrowedTarget
}

/**
 * Spreads work over targets. Which one is next is the business of its Selection; this class keeps the list, what was
 * chosen for which tag, and who borrowed which target. Both of Pipy's ways to use a balancer are here: `select` and
 * `deselect` (2021), `next` (2022 and later).
 */
export class LoadBalancer {
  readonly #selection: Selection
  readonly #unhealthy: UnhealthyTargets | undefined
  #targets: Map<string, Target> = new Map()
  /** Targets by tag. Tags come from requests: the least recently used are forgotten. */
  readonly #choices = new Cache<unknown, string>({ size: LIMITS.maxBalancerTags })
  readonly #loans = new WeakMap<object, Loan>()
  /** Takes back what a borrower had that is gone and never said so. */
  readonly #abandoned = new FinalizationRegistry<Loan>((loan) => this.#takeBack(loan))

  /**
   * @param unhealthy targets in it that have a truthy value are passed over. @default all are healthy
   * @throws INVALID_ARGUMENT for targets that are no text and weights that are no finite numbers
   */
  constructor(selection: Selection, targets?: BalancerTargets | null, unhealthy?: UnhealthyTargets | null) {
    this.#selection = selection
    this.#unhealthy = unhealthy ?? undefined
    this.set(targets ?? [])
  }

  /**
   * Sets the whole list, or the weight of one target, which is added if it is new. What is under way goes on.
   * @throws INVALID_ARGUMENT as the constructor does
   */
  set(targets: BalancerTargets): void
  set(target: string, weight: number): void
  set(first: BalancerTargets | string, weight?: number): void {
    if (typeof first === 'string') this.#setWeight(first, weight)
    else this.#replace(first)
  }

  /** Adds a target, or sets its weight to 1. @throws INVALID_ARGUMENT as the constructor does */
  add(target: string): void {
    this.#setWeight(target, 1)
  }

  /**
   * Chooses a target.
   * @param tag who has the same tag gets the same target, as long as that is on the list and healthy. With a
   * HashingLoadBalancer the tag decides
   * @param unhealthy asked instead of the constructor's
   * @returns undefined when no target may be chosen
   */
  select(tag?: unknown, unhealthy?: UnhealthyTargets | null): string | undefined {
    const health = unhealthy ?? this.#unhealthy
    if (tag === undefined || tag === null || this.#selection.isKeyed) return this.#selection.pick(tag, health)
    const kept = this.#choices.find(tag)
    if (kept !== undefined && this.#isUsable(kept, health)) {
      this.#selection.hold(kept)
      return kept
    }
    const target = this.#selection.pick(tag, health)
    if (target !== undefined) this.#choices.set(tag, target)
    return target
  }

  /** Says that the work for which a target was selected is done. Least work counts on it; others ignore it. */
  deselect(target: string): void {
    this.#selection.release(target)
  }

  /**
   * Borrows a target. The same borrower has the same one until it gives it back with `release`, is garbage-collected,
   * or the target goes off the list or turns unhealthy; then it gets another.
   * @param borrower any object, held weakly: `$.__inbound` for as long as the client stays, `$` for one request.
   * Without it nothing is borrowed: each call selects, and all who get a target share one object
   * @param key as `tag` of `select`
   * @param unhealthy asked instead of the constructor's
   * @returns null when no target may be chosen
   * @throws INVALID_ARGUMENT when the borrower is no object
   */
  next(borrower?: object | null, key?: unknown, unhealthy?: UnhealthyTargets | null): BorrowedTarget | null {
    if (borrower === undefined || borrower === null) return this.#selectTarget(key, unhealthy)?.open ?? null
    if (typeof borrower !== 'object' && typeof borrower !== 'function') {
      throw new ProxyError('INVALID_ARGUMENT', `Cannot borrow a target for "${String(borrower)}": expected an object`)
    }
    const loan = this.#loans.get(borrower)
    if (loan !== undefined) {
      if (this.#isUsable(loan.borrowed.id, unhealthy ?? this.#unhealthy)) return loan.borrowed
      this.release(borrower)
    }
    const target = this.#selectTarget(key, unhealthy)
    return target === undefined ? null : this.#lend(target, borrower)
  }

  /** Gives back what a borrower has. Nothing happens when it has nothing. */
  release(borrower: object): void {
    const loan = this.#loans.get(borrower)
    if (loan === undefined) return
    this.#loans.delete(borrower)
    this.#abandoned.unregister(loan)
    this.#takeBack(loan)
  }

  #selectTarget(key: unknown, unhealthy: UnhealthyTargets | null | undefined): Target | undefined {
    const id = this.select(key, unhealthy)
    return id === undefined ? undefined : this.#targets.get(id)
  }

  #lend(target: Target, borrower: object): BorrowedTarget {
    const borrowed = target.returned.pop() ?? { id: target.open.id }
    const loan = { target, borrowed }
    this.#loans.set(borrower, loan)
    this.#abandoned.register(borrower, loan, loan)
    return borrowed
  }

  #takeBack({ target, borrowed }: Loan): void {
    this.#selection.release(borrowed.id)
    target.returned.push(borrowed)
  }

  #isUsable(target: string, unhealthy: UnhealthyTargets | undefined): boolean {
    const weight = this.#targets.get(target)?.weight ?? 0
    return weight > 0 && isHealthy(target, unhealthy)
  }

  #replace(targets: BalancerTargets): void {
    const weights = readWeights(targets)
    this.#targets = new Map([...weights].map(([id, weight]) => [id, this.#withWeight(id, weight)]))
    this.#update()
  }

  #setWeight(id: string, weight: unknown): void {
    this.#targets.set(id, this.#withWeight(id, readWeight(id, weight)))
    this.#update()
  }

  /** The target that is on the list already, or a new one. */
  #withWeight(id: string, weight: number): Target {
    const target = this.#targets.get(id) ?? { weight, open: { id }, returned: [] }
    target.weight = weight
    return target
  }

  #update(): void {
    this.#selection.update(new Map([...this.#targets].map(([id, { weight }]) => [id, weight])))
  }
}

function readWeights(targets: BalancerTargets): Map<string, number> {
  if (typeof targets !== 'object' || targets === null) {
    throw refuse(`"${String(targets)}"`, 'expected an array of targets or weights by target')
  }
  const weights = Array.isArray(targets)
    ? (targets as readonly string[]).map((id) => [id, 1] as const)
    : Object.entries(targets)
  return new Map(weights.map(([id, weight]) => [id, readWeight(id, weight)]))
}

function readWeight(id: unknown, weight: unknown): number {
  if (typeof id !== 'string') throw refuse(`target "${String(id)}"`, 'expected text such as "host:port"')
  if (typeof weight === 'number' && Number.isFinite(weight)) return Math.max(0, weight)
  throw refuse(`target "${id}"`, `weight is "${String(weight)}", expected a number`)
}

function refuse(what: string, state: string): ProxyError {
  return new ProxyError('INVALID_ARGUMENT', `Cannot balance to ${what}: ${state}`)
}
