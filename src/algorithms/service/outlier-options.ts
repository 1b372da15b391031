/** Ejection of targets that answer much worse than the others of their priority do. */
export interface SuccessRateOptions {
  /** A target with fewer requests in the interval is not judged. @default 100 */
  readonly minRequests?: number | undefined
  /** With fewer targets that can be judged nobody is. @default 5 */
  readonly minTargets?: number | undefined
  /** So many standard deviations below the mean of all is too bad. @default 1.9 */
  readonly deviations?: number | undefined
}

/** Targets that fail while others do not are left out for a while, as Envoy's outlier detection has it. */
export interface OutlierOptions {
  /** Failures in a row: connections that fail or break, no answer in time, statuses from 500. 0 never. @default 5 */
  readonly consecutiveFailures?: number | undefined
  /** How often success rates are compared, and how often a target that behaves gets rid of one ejection. @default 10,000 */
  readonly intervalMs?: number | undefined
  /** The first ejection; the n-th lasts n times as long. @default 30,000 */
  readonly baseEjectionMs?: number | undefined
  /** But no longer. @default 300,000 */
  readonly maxEjectionMs?: number | undefined
  /**
   * So large a share of the targets of a priority is ejected at most; of one target alone none is, also when there are
   * backups: that is what `health.passive` is for. @default 0.5
   */
  readonly maxEjectedShare?: number | undefined
  /** @default no comparison */
  readonly successRate?: SuccessRateOptions | undefined
}
