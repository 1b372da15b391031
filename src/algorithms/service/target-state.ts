import type { Service } from './service.ts'
import type { Target } from './target.ts'

/**
 * `unhealthy`: checks or requests failed; `ejected`: it did worse than the others; `draining`: it was taken out and
 * finishes what is under way.
 */
export type TargetState = 'healthy' | 'unhealthy' | 'ejected' | 'draining'

/** A target is another way now than it was. */
export interface TargetStateChange {
  readonly service: Service
  readonly target: Target
  /** `added` when it has just come. */
  readonly from: TargetState | 'added'
  /** `removed` when it is gone: nothing of it is under way, or its time for that is over. */
  readonly to: TargetState | 'removed'
  /** Why, in words. */
  readonly reason: string
}
