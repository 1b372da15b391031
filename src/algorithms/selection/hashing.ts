import { hash } from '../hash.ts'
import { isHealthy, type UnhealthyTargets } from './is-healthy.ts'
import type { Selection } from './selection.ts'

/**
 * The key decides: the target at `hash(key)` modulo their number. The list alone decides where a key goes, so several
 * proxies with the same list agree. Weights above 0 are all the same. As in Pipy, a key whose target is unhealthy gets
 * none: it has no second home.
 */
export class Hashing implements Selection {
  readonly isKeyed = true
  #targets: readonly string[] = []

  update(weights: ReadonlyMap<string, number>): void {
    this.#targets = [...weights].filter(([, weight]) => weight > 0).map(([target]) => target)
  }

  pick(key: unknown, unhealthy: UnhealthyTargets | undefined): string | undefined {
    const target = this.#targets[hash(key) % this.#targets.length]
    return target !== undefined && isHealthy(target, unhealthy) ? target : undefined
  }

  /** Nothing is counted. */
  hold(_target: string): void {}

  /** Nothing is counted. */
  release(_target: string): void {}
}
