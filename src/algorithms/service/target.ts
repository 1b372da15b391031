import type { BalancedTarget } from '../balancers/balancer.ts'
import { PeakAverage } from './peak-average.ts'
import type { TargetLevel } from './target-level.ts'
import type { TargetSettings } from './target-settings.ts'
import type { TargetState } from './target-state.ts'
import type { TargetStatistics } from './service-statistics.ts'

/**
 * One target of a service. The object stays the same one for as long as its address is in the service. It is for reading:
 * only its service changes it.
 */
export class Target implements BalancedTarget {
  readonly address: string
  baseWeight: number
  metadata: Readonly<Record<string, string>>
  /** Tries under way. */
  active = 0
  /** Tries that were begun. */
  requests = 0
  /** Those that ended badly: no connection, a broken one, no answer in time, a status from 500. */
  failures = 0
  /** How often it was ejected. */
  ejections = 0
  /** The share of its weight that it has in a slow start; else 1. Changed by its service only. */
  startShare = 1
  /** What checks found. Changed by its service only. */
  isFailingChecks = false
  /** Requests failed lately. Changed by its service only. */
  isFailingRequests = false
  /** Changed by its service only. */
  isEjected = false
  /** Changed by its service only. */
  isDraining = false
  /** Those of its priority. Changed by its service only. */
  level: TargetLevel
  readonly latency = new PeakAverage()

  constructor(settings: TargetSettings, level: TargetLevel) {
    this.address = settings.address
    this.baseWeight = settings.weight
    this.metadata = settings.metadata
    this.level = level
  }

  get state(): TargetState {
    if (this.isDraining) return 'draining'
    if (this.isFailingChecks || this.isFailingRequests) return 'unhealthy'
    return this.isEjected ? 'ejected' : 'healthy'
  }

  /** The lowest comes first; the others are backups. */
  get priority(): number {
    return this.level.priority
  }

  /** The weight that it has now, which is less than its own in a slow start. */
  get weight(): number {
    return this.baseWeight * this.startShare
  }

  /** Whether requests may go to it at all: it is healthy, or that does not count at the moment. */
  get isServing(): boolean {
    return !this.isDraining && (this.level.isPanicking || this.state === 'healthy')
  }

  /** Whether it has as many requests under way as it may have connections. */
  get isFull(): boolean {
    return this.active >= this.level.maxActive
  }

  get isAvailable(): boolean {
    return this.isServing && !this.isFull
  }

  get latencyMs(): number {
    return this.latency.valueMs
  }

  /** As plain data. */
  get statistics(): TargetStatistics {
    const { address, state, weight, baseWeight, priority, active, latencyMs, requests, failures, ejections } = this
    return { address, state, weight, baseWeight, priority, active, latencyMs, requests, failures, ejections }
  }
}
