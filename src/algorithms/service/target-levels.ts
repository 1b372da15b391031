import type { Balancer, PickOptions } from '../balancers/balancer.ts'
import { TargetLevel } from './target-level.ts'
import type { Target } from './target.ts'

export interface TargetLevelsOptions {
  /** Requests under way that a target takes. */
  readonly maxActive: number
  /** The least share of healthy targets without panic. */
  readonly panicThreshold: number
  /** A new balancer for a level. */
  createBalancer(): Balancer
}

/**
 * The targets of a service by priority: who is asked first, and where there is panic. A level counts as well while the
 * share of its healthy targets is not below the threshold for panic. Those that are well are asked before those that are
 * not, the lowest priority first; so one that is not well is passed over while another is. When none is well there is
 * panic, in the lowest one that has a healthy target, or else in the lowest one, and that is asked first. With one level
 * that is the same as panic without levels.
 */
export class TargetLevels {
  /** Whether health does not count in one of them. */
  isPanicking = false
  /** How often that began. */
  panics = 0
  /** By priority; there is always one. */
  list: readonly TargetLevel[]
  /** In the order in which they are asked. */
  #order: readonly TargetLevel[]
  readonly #options: TargetLevelsOptions

  /** @throws what `createBalancer` throws */
  constructor(options: TargetLevelsOptions) {
    this.#options = options
    this.list = [new TargetLevel(0, options.createBalancer(), options.maxActive)]
    this.#order = this.list
  }

  /** The balancer of the level with the lowest priority. */
  get balancer(): Balancer {
    return (this.list[0] as TargetLevel).balancer
  }

  /** The level that a new request goes to; undefined when no target is available. */
  get current(): TargetLevel | undefined {
    return this.#order.find(({ available }) => available > 0)
  }

  /**
   * The levels for these priorities, without using them yet: those that are there already, and new ones, which take over
   * the balancers of those that are left over.
   * @throws what `createBalancer` throws
   */
  plan(priorities: ReadonlySet<number>): readonly TargetLevel[] {
    if (priorities.size === 0) return this.list.slice(0, 1)
    const known = new Map(this.list.map((level) => [level.priority, level]))
    const free = this.list.filter(({ priority }) => !priorities.has(priority)).map(({ balancer }) => balancer)
    const { maxActive } = this.#options
    return [...priorities]
      .sort((a, b) => a - b)
      .map(
        (priority) =>
          known.get(priority) ?? new TargetLevel(priority, free.shift() ?? this.#options.createBalancer(), maxActive),
      )
  }

  /** Takes over levels that were planned, and targets that belong to them. */
  use(levels: readonly TargetLevel[], targets: readonly Target[]): void {
    const byLevel = new Map<TargetLevel, Target[]>(levels.map((level) => [level, []]))
    for (const target of targets) byLevel.get(target.level)?.push(target)
    this.list = levels
    for (const [level, list] of byLevel) {
      level.targets = list
      level.count()
    }
    this.#arrange()
    for (const level of levels) level.balancer.update(level.targets)
  }

  /** The state of a target is another one now: its balancer, and others if there is panic now or no more, hear of it. */
  changed(target: Target): void {
    target.level.count()
    if (!this.#arrange().includes(target.level)) target.level.balancer.changed(target)
  }

  /** A target for a request, of the first level that has one; undefined when none is available. */
  pick(options: PickOptions): Target | undefined {
    for (const level of this.#order) {
      if (level.available === 0) continue
      const target = level.balancer.pick(options)
      if (target !== undefined) return target as Target
    }
    return undefined
  }

  /** The least loaded target of the first level that serves at all, whether it has room or not. */
  pickFull(excluded: ReadonlySet<Target> | undefined): Target | undefined {
    for (const { targets } of this.#order) {
      let best: Target | undefined
      for (const target of targets) {
        if (!target.isServing || target.weight === 0 || excluded?.has(target) === true) continue
        if (best === undefined || target.active / target.weight < best.active / best.weight) best = target
      }
      if (best !== undefined) return best
    }
    return undefined
  }

  /** @returns the levels in which panic began or ended; all their targets were told of */
  #arrange(): readonly TargetLevel[] {
    const panicking = this.#findPanicking()
    const isWeak = (level: TargetLevel): boolean => level !== panicking && this.#isWeak(level)
    this.#order =
      this.list.length === 1
        ? this.list
        : [
            ...(panicking === undefined ? [] : [panicking]),
            ...this.list.filter((level) => level !== panicking && !isWeak(level)),
            ...this.list.filter(isWeak),
          ]
    if (panicking !== undefined && !this.isPanicking) this.panics++
    this.isPanicking = panicking !== undefined
    const others = this.list.filter((level) => level.isPanicking !== (level === panicking))
    for (const level of others) {
      level.isPanicking = level === panicking
      level.count()
      for (const target of level.targets) level.balancer.changed(target)
    }
    return others
  }

  #findPanicking(): TargetLevel | undefined {
    const served = this.list.filter(({ weighted }) => weighted > 0)
    if (!served.every((level) => this.#isWeak(level))) return undefined
    return served.find(({ healthy }) => healthy > 0) ?? served[0]
  }

  #isWeak({ healthy, weighted }: TargetLevel): boolean {
    return healthy < this.#options.panicThreshold * weighted
  }
}
