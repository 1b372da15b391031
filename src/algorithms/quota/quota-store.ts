import type { QuotaRule } from './quota-rule.ts'

/** What is asked of a store. */
export interface QuotaRequest {
  /** Tells apart what is counted by itself: the quota's name and the client's key. */
  readonly key: string
  readonly rule: QuotaRule
  /** How many are wanted; 0 only asks. */
  readonly count: number
  /** Fewer than this are not taken: it is all or nothing where it is `count`. */
  readonly least: number
  /** The time of the process that asks. A store that several processes share goes by a clock of its own. */
  readonly nowMs: number
}

/** What a store answers. */
export interface QuotaGrant {
  /** From `least` to `count`, or 0. */
  readonly taken: number
  /** How many are left, in whole numbers. */
  readonly remaining: number
  /** When something was not given: after this time `least` are there, if nobody else takes them. Infinity: never by themselves. */
  readonly retryAfterMs: number
}

/**
 * Where quotas are counted. What an implementer promises: however many ask at once, and from wherever, no more is given
 * than the rule allows, since looking and taking are one step; and what it remembers of a key that nobody uses goes by
 * itself. A store that answers at once gives no promise.
 */
export interface QuotaStore {
  /** Whether others than this process count here as well. */
  readonly isShared: boolean
  /** Takes as much as is there. */
  take(request: QuotaRequest): QuotaGrant | Promise<QuotaGrant>
  /** Adds `count`, as far as there is room. */
  give(request: Omit<QuotaRequest, 'least'>): void | Promise<void>
  /** Forgets a key: it begins anew. */
  reset(key: string): void | Promise<void>
}
