import type { BalancedTarget } from '../balancers/balancer.ts'
import { PeakAverage } from './peak-average.ts'
import type { TargetSettings } from './target-settings.ts'
import type { TargetState } from './target-state.ts'
import type { TargetStatistics } from './service-statistics.ts'

/** What a target reads of its service. */
interface TargetOwner {
  /** Whether health does not count at the moment. */
  readonly isPanicking: boolean
  /** Requests under way that a target takes. */
  readonly maxActive: number
}

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
  readonly latency = new PeakAverage()
  readonly #owner: TargetOwner

  constructor(settings: TargetSettings, owner: TargetOwner) {
    this.address = settings.address
    this.baseWeight = settings.weight
    this.metadata = settings.metadata
    this.#owner = owner
  }

  get state(): TargetState {
    if (this.isDraining) return 'draining'
    if (this.isFailingChecks || this.isFailingRequests) return 'unhealthy'
    return this.isEjected ? 'ejected' : 'healthy'
  }

  /** The weight that it has now, which is less than its own in a slow start. */
  get weight(): number {
    return this.baseWeight * this.startShare
  }

  /** Whether requests may go to it at all: it is healthy, or that does not count at the moment. */
  get isServing(): boolean {
    return !this.isDraining && (this.#owner.isPanicking || this.state === 'healthy')
  }

  /** Whether it has as many requests under way as it may have connections. */
  get isFull(): boolean {
    return this.active >= this.#owner.maxActive
  }

  get isAvailable(): boolean {
    return this.isServing && !this.isFull
  }

  get latencyMs(): number {
    return this.latency.valueMs
  }

  /** As plain data. */
  get statistics(): TargetStatistics {
    const { address, state, weight, baseWeight, active, latencyMs, requests, failures, ejections } = this
    return { address, state, weight, baseWeight, active, latencyMs, requests, failures, ejections }
  }
}
