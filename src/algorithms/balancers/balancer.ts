/** What a balancer sees of a target. The object stays the same one for as long as the target is in the service. */
export interface BalancedTarget {
  /** `host:port` or a URL. Keyed balancers place a target by it, so that every process places it alike. */
  readonly address: string
  /** Its share compared with the others', from 0 up, fractions allowed; 0 gets nothing. Slow start is in it already. */
  readonly weight: number
  /** Whether requests may go to it now: healthy, not draining, its circuit breaker closed. */
  readonly isAvailable: boolean
  /** Requests under way. */
  readonly active: number
  /** How long its answers take: a moving average that follows peaks at once, in milliseconds; 0 before the first answer. */
  readonly latencyMs: number
}

/** What one pick goes by. */
export interface PickOptions {
  /** What a keyed balancer places the request by; others ignore it. Without one a keyed balancer takes a random place. */
  readonly key?: string | undefined
  /** Targets that this pick must not give, such as those that this request was tried at already. */
  readonly isExcluded?: ((target: BalancedTarget) => boolean) | undefined
  /** A number from 0 up to but not 1. */
  readonly random: () => number
  /** The time of the clock in milliseconds. */
  readonly nowMs: number
}

/**
 * Chooses one of the targets of a service. Whatever the choice, a balancer never gives a target that is not available,
 * is excluded or has the weight 0, and always gives one when there is one. It holds no timer and reads neither clock nor
 * chance of its own: the same calls with the same random numbers give the same targets.
 */
export interface Balancer {
  /** As `createBalancer` takes it, `round-robin` for one. */
  readonly name: string
  /** Whether the key decides, so that requests with the same key go to the same target. */
  readonly isKeyed: boolean
  /** Sets the targets; those that were there already keep their place and what was counted for them. */
  update(targets: readonly BalancedTarget[]): void
  /** Must be called when a target's weight, availability, requests under way or latency is another one now. */
  changed(target: BalancedTarget): void
  /** The target for a request; undefined when no target can be given. */
  pick(options: PickOptions): BalancedTarget | undefined
}
