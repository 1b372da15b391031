import { ProxyError } from '../../errors.ts'
import type { BalancedTarget, Balancer, PickOptions } from './balancer.ts'
import { MAX_FURTHER_TRIES, isUsable } from './is-usable.ts'
import { keyHash } from './key-hash.ts'
import { mixHash } from './mix-hash.ts'
import type { PlacedTarget } from './placed-target.ts'
import { PlacedTargets } from './placed-targets.ts'

export interface MaglevOptions {
  /** How many places the table has: a prime, 100 times the number of targets or more. @default 65537 */
  readonly tableSize?: number
}

const DEFAULT_TABLE_SIZE = 65_537
const MAX_TABLE_SIZE = 2 ** 24
const NOBODY = -1

/**
 * The same key goes to the same target, by a table in which the targets take places in turn, each in an order of its own
 * (Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016, section 3.4). Shares are the
 * most even of the keyed balancers: places differ by few, by weight as in Envoy. When a target joins or leaves, its keys
 * move, and about as many others of which the table had to make room. O(1) per pick; making the table after a change
 * takes some milliseconds.
 *
 * The list's order does not matter and nothing but addresses and weights does, so that all processes agree. A target that
 * is unavailable keeps its places: only its keys move, spread by weight over all others, and come back with it. A weight
 * that changes by itself is taken over at most once a second.
 */
export class MaglevBalancer implements Balancer {
  readonly name = 'maglev'
  readonly isKeyed = true
  readonly #targets = new PlacedTargets()
  readonly #table: Int32Array

  /** Throws INVALID_ARGUMENT for a table size that is no prime from 3 to 16,777,216. */
  constructor({ tableSize = DEFAULT_TABLE_SIZE }: MaglevOptions = {}) {
    if (!isPrime(tableSize) || tableSize < 3 || tableSize > MAX_TABLE_SIZE) {
      throw new ProxyError(
        'INVALID_ARGUMENT',
        `Cannot make a Maglev table with tableSize ${tableSize}: expected a prime from 3 to ${MAX_TABLE_SIZE}`,
      )
    }
    this.#table = new Int32Array(tableSize).fill(NOBODY)
  }

  update(targets: readonly BalancedTarget[]): void {
    this.#targets.update(targets)
  }

  changed(target: BalancedTarget): void {
    this.#targets.changed(target)
  }

  pick(options: PickOptions): BalancedTarget | undefined {
    if (this.#targets.isEmpty) return undefined
    if (this.#targets.refresh(options.nowMs).length > 0) fillTable(this.#table, this.#targets.sorted)
    const first = keyHash(options)
    let place = first
    for (let tries = 0; tries <= MAX_FURTHER_TRIES; tries++) {
      const target = this.#targets.sorted[this.#table[place % this.#table.length] as number]?.target
      if (target !== undefined && isUsable(target, options)) return target
      place = mixHash(place, tries + 1)
    }
    return this.#targets.findLowestBid(first, options)
  }
}

/** Round after round each target takes its next place that is free, less often by as much as its weight is smaller. */
function fillTable(table: Int32Array, targets: readonly PlacedTarget[]): void {
  table.fill(NOBODY)
  if (targets.length === 0) return
  const size = table.length
  const heaviest = targets.reduce((most, { weight }) => Math.max(most, weight), 0)
  const places = Uint32Array.from(targets.map((target) => target.hashWith(0) % size))
  const steps = Uint32Array.from(targets.map((target) => (target.hashWith(1) % (size - 1)) + 1))
  const shares = Float64Array.from(targets.map(({ weight }) => weight / heaviest))
  const credits = new Float64Array(targets.length)
  for (let taken = 0; ; ) {
    for (let i = 0; i < targets.length; i++) {
      const credit = (credits[i] as number) + (shares[i] as number)
      credits[i] = credit >= 1 ? credit - 1 : credit
      if (credit < 1) continue
      const step = steps[i] as number
      let place = places[i] as number
      while (table[place] !== NOBODY) place = place + step < size ? place + step : place + step - size
      table[place] = i
      places[i] = place
      if (++taken === size) return
    }
  }
}

function isPrime(number: number): boolean {
  if (!Number.isInteger(number) || number < 2) return false
  for (let divisor = 2; divisor * divisor <= number; divisor++) {
    if (number % divisor === 0) return false
  }
  return true
}
