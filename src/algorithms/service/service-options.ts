import type { Balancer } from '../balancers/balancer.ts'
import type { BalancerName } from '../balancers/create-balancer.ts'
import type { HealthOptions } from './health-options.ts'
import type { OutlierOptions } from './outlier-options.ts'
import type { RetryOptions } from './retry-options.ts'
import type { StickyOptions } from './sticky-options.ts'
import type { TargetInit } from './target-init.ts'
import type { TargetStateChange } from './target-state.ts'

/** The connections to one target; as of muxHTTP. */
export interface ServicePoolOptions {
  /** @default 1,024 */
  readonly maxConnections?: number | undefined
  /** A connection that serves nobody is closed after this time. @default 10,000 */
  readonly maxIdleMs?: number | undefined
  /** Requests that wait for a connection to one target; QUEUE_FULL, 503. @default 1,024 */
  readonly maxQueue?: number | undefined
  /** How long they wait; QUEUE_TIMEOUT, 503. @default 30,000 */
  readonly queueTimeoutMs?: number | undefined
}

/** How long a target is waited for; 0 waits for ever. */
export interface ServiceTimeouts {
  /** Time to a connection. CONNECT_TIMEOUT, 504. @default 10,000 */
  readonly connectMs?: number | undefined
  /** From the end of a request to the head of its answer. RESPONSE_TIMEOUT, 504. @default 60,000 */
  readonly responseMs?: number | undefined
  /** Between two pieces of an answer's body. BODY_TIMEOUT, 504. @default 60,000 */
  readonly bodyMs?: number | undefined
  /** From a request's head to the end of its answer. EXCHANGE_TIMEOUT, 504. @default 0 */
  readonly exchangeMs?: number | undefined
}

/** Circuit breakers: what a service takes on at most. */
export interface ServiceLimits {
  /** Requests under way in the whole service, those that wait for a connection included. QUEUE_FULL, 503. @default no limit */
  readonly maxConcurrentRequests?: number | undefined
  /** Requests that wait for a connection because all targets have as many as they may. QUEUE_FULL, 503. @default no limit */
  readonly maxPending?: number | undefined
  /** A target with so many requests under way gets no more while another one has fewer. @default `pool.maxConnections` */
  readonly maxConnectionsPerTarget?: number | undefined
  /** Retries under way at the same time. @default no limit but the budget */
  readonly maxConcurrentRetries?: number | undefined
}

/** Everything that belongs to a set of targets. */
export interface ServiceOptions {
  /** For messages and statistics. @default 'service' */
  readonly name?: string | undefined
  /** May be empty, and be set later. */
  readonly targets: readonly TargetInit[]
  /**
   * Targets of each priority have a balancer of their own: made by its name, or by a function that gives a new one. An
   * object serves targets of one priority, of one service. @default 'round-robin'
   */
  readonly balancer?: BalancerName | Balancer | (() => Balancer) | undefined
  /** How the requests of a client are kept on one target. @default not at all */
  readonly sticky?: StickyOptions | undefined
  /** The connections to each target. */
  readonly pool?: ServicePoolOptions | undefined
  /** Checks, and what requests that fail say. @default none */
  readonly health?: HealthOptions | undefined
  /** Ejection of targets that do worse than the others. @default none */
  readonly outlier?: OutlierOptions | undefined
  /** When a request is tried again. @default twice, after a failed connection or one that broke before the answer */
  readonly retry?: RetryOptions | undefined
  /** How long targets are waited for. */
  readonly timeouts?: ServiceTimeouts | undefined
  /** What the service takes on at most. */
  readonly limits?: ServiceLimits | undefined
  /**
   * A target that comes later, or comes back, gets a tenth of its weight at first, and all of it after this time. 0: all
   * at once. @default 0
   */
  readonly slowStartMs?: number | undefined
  /** How long a target that was taken out may finish what is under way. 0 waits for ever. @default 30,000 */
  readonly drainTimeoutMs?: number | undefined
  /** Told of every change of a target's state; what it throws harms nobody, and is told to the log. */
  readonly onTargetState?: ((change: TargetStateChange) => void) | undefined
}
