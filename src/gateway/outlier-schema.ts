import * as z from 'zod'
import { SCHEMA_PARTS } from './schema-parts.ts'
import { strictObject } from './strict-object.ts'

const { count, positiveCount, positiveMilliseconds, share } = SCHEMA_PARTS

/** The `outlier` of a service. */
export const outlierSchema = strictObject({
  /** Failures in a row: no connection, no answer, statuses from 500. 0 never. @default 5 */
  consecutiveFailures: count
    .optional()
    .describe('Failures in a row: no connection, no answer, statuses from 500. 0 never. Default: 5.'),
  /** How often success rates are compared. @default 10,000 */
  intervalMs: positiveMilliseconds.optional().describe('How often success rates are compared. Default: 10000.'),
  /** The first ejection; the n-th lasts n times as long. @default 30,000 */
  baseEjectionMs: positiveMilliseconds
    .optional()
    .describe('The first ejection; the n-th lasts n times as long. Default: 30000.'),
  /** But no longer. @default 300,000 */
  maxEjectionMs: positiveMilliseconds.optional().describe('But no longer. Default: 300000.'),
  /** So large a share of the targets is ejected at most. @default 0.5 */
  maxEjectedShare: share.optional().describe('So large a share of the targets is ejected at most. Default: 0.5.'),
  /** Ejects targets that answer much worse than the others. @default no comparison */
  successRate: strictObject({
    /** A target with fewer requests in the interval is not judged. @default 100 */
    minRequests: positiveCount
      .optional()
      .describe('A target with fewer requests in the interval is not judged. Default: 100.'),
    /** With fewer targets that can be judged nobody is. @default 5 */
    minTargets: positiveCount.optional().describe('With fewer targets that can be judged nobody is. Default: 5.'),
    /** So many standard deviations below the mean of all is too bad. @default 1.9 */
    deviations: z
      .number('expected a number')
      .positive('expected more than 0')
      .optional()
      .describe('So many standard deviations below the mean of all is too bad. Default: 1.9.'),
  })
    .optional()
    .describe('Ejects targets that answer much worse than the others. Default: no comparison.'),
})
