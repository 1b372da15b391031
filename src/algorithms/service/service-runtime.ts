import type { Timer } from '../../transport.ts'
import type { HealthCheck } from './health-check.ts'
import type { Target } from './target.ts'

/** What a service is given by whoever uses it: time, chance, and the way to its targets. */
export interface ServiceRuntime {
  /**
   * Whether it belongs to one request, as in Workers: nobody else may use its timers and connections, and what they have
   * begun ends with it. @default false
   */
  readonly isOfRequest?: boolean
  /** Milliseconds of a clock that never goes back. */
  now(): number
  setTimer(callback: () => void, delayMs: number): Timer
  /** From 0 up to but not 1. */
  random(): number
  /**
   * Checks a target: settles when it is well, rejects with the reason otherwise. `signal` is aborted when nobody waits any
   * more.
   */
  probe(target: Target, check: HealthCheck, signal: AbortSignal): Promise<void>
  /** Told of errors of the user's listeners. */
  warn?(message: string, error: unknown): void
}
