/** A reason to try a request again: no connection, one that broke before the answer, no answer in time, or a status. */
export type RetryTrigger = 'connect-failure' | 'reset' | 'timeout' | number

/** How many of a service's requests may be sent once more, however many would need it. */
export interface RetryBudgetOptions {
  /** Retries as a share of the requests in the window. @default 0.2 */
  readonly share?: number | undefined
  /** So many retries are allowed in each second even when the share would be less. @default 10 */
  readonly minPerSecond?: number | undefined
  /** How far back requests and retries are counted. @default 10,000 */
  readonly windowMs?: number | undefined
}

/** A second try beside the first one, while that one takes longer than most. */
export interface HedgeOptions {
  /** Of the service's latest latencies, in percent: 95 asks a second target when 95 of 100 would have answered. */
  readonly percentile: number
  /** Never earlier. @default 10 */
  readonly minDelayMs?: number | undefined
  /** So many answers must be known before. @default 100 */
  readonly minRequests?: number | undefined
}

/** When a request is tried again, and how often. */
export interface RetryOptions {
  /** Tries after the first one. @default 2 */
  readonly attempts?: number | undefined
  /** @default ['connect-failure', 'reset'] */
  readonly on?: readonly RetryTrigger[] | undefined
  /** Time for the answer of one try; 0 for no limit. @default 0 */
  readonly perTryTimeoutMs?: number | undefined
  /** How much traffic retries may make. @default 20 % of the requests, or 10 per second */
  readonly budget?: RetryBudgetOptions | undefined
  /** A request with a longer body is not sent again. @default 65,536 */
  readonly maxReplayBytes?: number | undefined
  /** Methods of requests that may be sent twice. @default the idempotent ones (RFC 9110 9.2.2) */
  readonly methods?: readonly string[] | undefined
  /** A field that tells the target how often the request was tried: `x-attempt`. @default none */
  readonly attemptHeader?: string | undefined
  /** Leaves a target alone for as long as its `Retry-After` says. @default true */
  readonly respectRetryAfter?: boolean | undefined
  /** For GET and HEAD. @default none */
  readonly hedge?: HedgeOptions | undefined
}
