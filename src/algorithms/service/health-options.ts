/** What is common to checks of all kinds. */
interface CheckTimes {
  /** Between two checks of a target. @default 5,000 */
  readonly intervalMs?: number | undefined
  /** A share of the interval, by chance added or taken off, so that checks do not come all at once. @default 0.1 */
  readonly jitter?: number | undefined
  /** A check that takes longer has failed. @default 2,000 */
  readonly timeoutMs?: number | undefined
  /** So many good checks in a row make an unhealthy target healthy. @default 2 */
  readonly healthyThreshold?: number | undefined
  /** So many failed ones in a row make it unhealthy. The first check of a target decides alone. @default 3 */
  readonly unhealthyThreshold?: number | undefined
}

/** A target is healthy when it answers a request. */
export interface HttpCheckOptions extends CheckTimes {
  /** By a request. */
  readonly type: 'http'
  /** @default '/' */
  readonly path?: string | undefined
  /** @default 'GET' */
  readonly method?: 'GET' | 'HEAD' | 'OPTIONS' | undefined
  /** The Host of the request. @default the target's */
  readonly host?: string | undefined
  /** Statuses, or ranges as `200-399`. @default ['200-399'] */
  readonly expectedStatuses?: readonly (number | string)[] | undefined
}

/** A target is healthy when it takes a connection. */
export interface TcpCheckOptions extends CheckTimes {
  /** By a connection. */
  readonly type: 'tcp'
}

/** How targets are asked whether they are well. */
export type CheckOptions = HttpCheckOptions | TcpCheckOptions

/** What requests that fail say of a target, without asking it. */
export interface PassiveOptions {
  /** So many failures within `failWindowMs` make it unhealthy. @default 5 */
  readonly maxFails?: number | undefined
  /** The time in which failures are counted, and for which the target then gets no requests. @default 10,000 */
  readonly failWindowMs?: number | undefined
  /**
   * Statuses that count as failures, beside connections that fail or break and answers that do not come in time.
   * @default none: a client could cause them
   */
  readonly statuses?: readonly number[] | undefined
}

export interface HealthOptions {
  /** @default no checks */
  readonly check?: CheckOptions | undefined
  /** @default none */
  readonly passive?: PassiveOptions | undefined
  /**
   * When the share of healthy targets is less, all take part: the few could not bear the load of all, and the checks may
   * be wrong. Of targets with several priorities those of one are passed over then, while another has enough; when none
   * has, all take part of the lowest that has a healthy target, or else of the lowest. 0 never. @default 0.25
   */
  readonly panicThreshold?: number | undefined
  /** Checks that run at the same time. @default 32 */
  readonly maxConcurrentChecks?: number | undefined
}
