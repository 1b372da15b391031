import type { BalancedTarget, PickOptions } from './balancer.ts'
import { isUsable, MAX_FURTHER_TRIES } from './is-usable.ts'
import { limitWeight } from './limit-weight.ts'
import { SumTree } from './sum-tree.ts'

/** Targets from which one is drawn by chance, each as probable as its weight. O(log n) for a draw and for a change. */
export class WeightedTargets {
  #targets: readonly BalancedTarget[] = []
  #indexes = new Map<BalancedTarget, number>()
  #weights = new SumTree([])

  update(targets: readonly BalancedTarget[]): void {
    this.#targets = [...new Set(targets)]
    this.#indexes = new Map(this.#targets.map((target, i) => [target, i]))
    this.#weights = new SumTree(this.#targets.map(weightOf))
  }

  changed(target: BalancedTarget): void {
    const index = this.#indexes.get(target)
    if (index === undefined) return
    const weight = weightOf(target)
    if (this.#weights.get(index) !== weight) this.#weights.set(index, weight)
  }

  /**
   * Draws a usable target. When several draws in a row give one that is excluded, it draws from those that are not,
   * which takes O(n).
   * @param other a target that is not drawn
   */
  draw(options: PickOptions, other?: BalancedTarget): BalancedTarget | undefined {
    const otherIndex = other === undefined ? undefined : this.#indexes.get(other)
    const otherWeight = otherIndex === undefined ? 0 : this.#weights.get(otherIndex)
    const total = this.#weights.total - otherWeight
    if (total <= 0) return undefined
    // A draw from all but one: the places behind it move up by its weight.
    const otherPlace = otherIndex === undefined ? Infinity : this.#weights.before(otherIndex)
    for (let tries = 0; tries <= MAX_FURTHER_TRIES; tries++) {
      const place = options.random() * total
      const target = this.#targets[this.#weights.find(place < otherPlace ? place : place + otherWeight)]
      if (target !== undefined && target !== other && isUsable(target, options)) return target
    }
    return this.#drawFrom(
      this.#targets.filter((target) => target !== other && isUsable(target, options)),
      options,
    )
  }

  #drawFrom(usable: readonly BalancedTarget[], options: PickOptions): BalancedTarget | undefined {
    const weights = new SumTree(usable.map(weightOf))
    return usable[weights.find(options.random() * weights.total)]
  }
}

function weightOf(target: BalancedTarget): number {
  return target.isAvailable ? limitWeight(target.weight) : 0
}
