import type { BalancedTarget, Balancer, PickOptions } from './balancer.ts'
import { isUsable, MAX_FURTHER_TRIES } from './is-usable.ts'
import { keyHash } from './key-hash.ts'
import { mixHash } from './mix-hash.ts'
import type { PlacedTarget } from './placed-target.ts'
import { type PlacementChange, PlacedTargets } from './placed-targets.ts'

/** A power of two: the low bits of a key's hash name its place. */
const PLACES = 2 ** 16

/** So many that joined at once bid for the places that are asked for already; with more these are asked for anew. */
const MAX_CALLS = 16

/**
 * The same key goes to the same target: the one that bids lowest for the key's place (highest random weight: Thaler and
 * Ravishankar, "Using Name-Based Mappings to Increase Hit Rates", 1998; weighted as by Schindelhauer and Schomaker, 2005).
 * It moves the least of all keyed balancers: when a target leaves, its keys and no others, spread by weight over all that
 * stay; when one joins, only what it gets.
 *
 * By itself the method asks every target for each key, O(n). Here keys are put in 65,536 places first, as Apache Ignite
 * does with its partitions, and who has bid lowest for a place is remembered: O(1) per pick, O(n) for a place's first.
 * Places make shares less even when there are few for each target: with 1,000 targets of the same weight 65 each.
 *
 * The list's order does not matter and nothing but addresses and weights does, so that all processes agree. A target that
 * is unavailable keeps its places: only its keys move, and they come back with it. A weight that changes by itself is
 * taken over at most once a second.
 */
export class RendezvousBalancer implements Balancer {
  readonly name = 'rendezvous'
  readonly isKeyed = true
  readonly #targets = new PlacedTargets()
  /** Who has bid lowest for each place, as far as somebody has asked. */
  readonly #winners = new Array<PlacedTarget | undefined>(PLACES).fill(undefined)
  readonly #bids = new Float64Array(PLACES)
  #askedPlaces: number[] = []

  update(targets: readonly BalancedTarget[]): void {
    this.#targets.update(targets)
  }

  changed(target: BalancedTarget): void {
    this.#targets.changed(target)
  }

  pick(options: PickOptions): BalancedTarget | undefined {
    if (this.#targets.isEmpty) return undefined
    const changes = this.#targets.refresh(options.nowMs)
    if (changes.length > 0) this.#callForBids(changes)
    const first = keyHash(options)
    let place = first
    for (let tries = 0; tries <= MAX_FURTHER_TRIES; tries++) {
      const target = this.#winnerOf(place % PLACES)?.target
      if (target !== undefined && isUsable(target, options)) return target
      place = mixHash(place, tries + 1)
    }
    return this.#targets.findLowestBid(first, options)
  }

  #winnerOf(place: number): PlacedTarget | undefined {
    const winner = this.#winners[place]
    return winner === undefined ? this.#askAll(place) : winner
  }

  #askAll(place: number): PlacedTarget | undefined {
    for (const target of this.#targets.sorted) this.#offer(place, target)
    if (this.#winners[place] !== undefined) this.#askedPlaces.push(place)
    return this.#winners[place]
  }

  /** What is remembered of a place stays right: who left or bids more loses it, who came or bids less may win it. */
  #callForBids(changes: readonly PlacementChange[]): void {
    const isWorse = new Set(changes.filter(({ before, after }) => after < before).map(({ placed }) => placed))
    const better = changes.filter(({ before, after }) => after > before).map(({ placed }) => placed)
    // From some number on asking all when the place is next wanted is less work.
    const isAnew = better.length > MAX_CALLS
    this.#askedPlaces = this.#askedPlaces.filter((place) => {
      const isKept = !isAnew && !isWorse.has(this.#winners[place] as PlacedTarget)
      if (!isKept) this.#winners[place] = undefined
      else for (const target of better) this.#offer(place, target)
      return isKept
    })
  }

  #offer(place: number, target: PlacedTarget): void {
    const bid = target.bid(place)
    const winner = this.#winners[place]
    if (winner !== undefined && winner !== target) {
      const lowest = this.#bids[place] as number
      if (bid > lowest || (bid === lowest && target.address > winner.address)) return
    }
    this.#winners[place] = target
    this.#bids[place] = bid
  }
}
