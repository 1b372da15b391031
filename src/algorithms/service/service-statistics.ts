import type { TargetState } from './target-state.ts'

/** What is known of one target: plain data. */
export interface TargetStatistics {
  readonly address: string
  readonly state: TargetState
  readonly weight: number
  readonly baseWeight: number
  readonly priority: number
  readonly active: number
  readonly latencyMs: number
  readonly requests: number
  readonly failures: number
  readonly ejections: number
}

/** What is known of a service at this moment: plain data. */
export interface ServiceStatistics {
  readonly name: string
  readonly balancer: string
  readonly isPanicking: boolean
  /** The priority of the targets that a new request goes to; undefined when none is available. */
  readonly activePriority: number | undefined
  /** Requests under way, tries of the same request counted each. */
  readonly active: number
  /** Of those, how many more than their targets have connections for. */
  readonly pending: number
  /** Tries that were begun. */
  readonly requests: number
  readonly failures: number
  readonly retries: number
  readonly activeRetries: number
  /** Retries that the budget or the limit did not allow. */
  readonly refusedRetries: number
  /** Requests that a limit refused. */
  readonly refusedRequests: number
  readonly ejections: number
  readonly panics: number
  readonly checks: number
  readonly failedChecks: number
  /** How often a listener threw. */
  readonly listenerErrors: number
  readonly targets: readonly TargetStatistics[]
  /** Those that were taken out and have something under way. */
  readonly draining: readonly TargetStatistics[]
}
