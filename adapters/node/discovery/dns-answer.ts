import type { TargetInit } from '../../../src/algorithms/service/target-init.ts'

/** What a question was answered with. */
export interface DnsAnswer {
  readonly targets: readonly TargetInit[]
  /** The shortest of the records' times to live; infinite where there is no record. */
  readonly ttlSeconds: number
  /** Why there are no targets. */
  readonly note?: string
}
