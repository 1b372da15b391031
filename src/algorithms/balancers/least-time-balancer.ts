import type { BalancedTarget, PickOptions } from './balancer.ts'
import { WeightedBalancer } from './weighted-balancer.ts'

/** When a target's latency was last known to be true. */
interface Observation {
  latencyMs: number
  atMs: number
}

/** After so long without a request a target's latency counts for 1/e of what it was. */
const DECAY_MS = 10_000

/**
 * Draws two different targets by weight and takes the one that will probably answer first: latency × (requests under way
 * + 1) / weight is smaller. Latency is a moving average that jumps up with a slow answer and comes down slowly (peak
 * EWMA), so that a target that gets slow loses its traffic within an answer. O(log n) per pick.
 *
 * A latency counts for less the longer the target has had no request, else one that was slow once would never be tried
 * again. A target that has not answered yet is tried at once, with one request at a time while others have answered.
 * Like least connections it likes a target that fails at once: use it with health checks or ejection.
 *
 * As the balancer of the same name in Finagle (Twitter), whose clients all use two choices; the idea of the jump is that
 * of TCP's retransmission timer.
 */
export class LeastTimeBalancer extends WeightedBalancer {
  readonly name = 'least-time'
  readonly #observations = new WeakMap<BalancedTarget, Observation>()

  pick(options: PickOptions): BalancedTarget | undefined {
    const first = this.targets.draw(options)
    const second = first && this.targets.draw(options, first)
    if (first === undefined || second === undefined) return first
    return this.#isFaster(second, first, options.nowMs) ? second : first
  }

  #isFaster(a: BalancedTarget, b: BalancedTarget, nowMs: number): boolean {
    const [latencyOfA, latencyOfB] = [this.#latency(a, nowMs), this.#latency(b, nowMs)]
    if (latencyOfA === 0 && latencyOfB === 0) return a.active / a.weight < b.active / b.weight
    if (latencyOfA === 0) return a.active === 0
    if (latencyOfB === 0) return b.active > 0
    return (latencyOfA * (a.active + 1)) / a.weight < (latencyOfB * (b.active + 1)) / b.weight
  }

  #latency(target: BalancedTarget, nowMs: number): number {
    const { latencyMs } = target
    if (latencyMs === 0) return 0
    const observation = this.#observations.get(target)
    if (observation === undefined) {
      this.#observations.set(target, { latencyMs, atMs: nowMs })
      return latencyMs
    }
    // While a request is under way its answer will tell.
    if (target.active > 0 || observation.latencyMs !== latencyMs) {
      observation.latencyMs = latencyMs
      observation.atMs = nowMs
      return latencyMs
    }
    return latencyMs * Math.exp((observation.atMs - nowMs) / DECAY_MS)
  }
}
