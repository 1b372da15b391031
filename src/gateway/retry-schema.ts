import * as z from 'zod'
import { SCHEMA_PARTS } from './schema-parts.ts'
import { strictObject } from './strict-object.ts'

const { count, milliseconds, positiveCount, positiveMilliseconds, share, status } = SCHEMA_PARTS

const trigger = z.union(
  [z.enum(['connect-failure', 'reset', 'timeout']), status],
  'expected "connect-failure", "reset", "timeout" or a status',
)

/** The `retry` of a service. */
export const retrySchema = strictObject({
  /** Tries after the first one. @default 2 */
  attempts: count.optional().describe('Tries after the first one. Default: 2.'),
  /** What makes a request be tried again. @default ['connect-failure', 'reset'] */
  on: z
    .array(trigger, 'expected a list')
    .optional()
    .describe('What makes a request be tried again. Default: connect-failure, reset.'),
  /** Time for the answer of one try; 0 for no limit. @default 0 */
  perTryTimeoutMs: milliseconds.optional().describe('Time for the answer of one try; 0 for no limit. Default: 0.'),
  /** How many requests may be sent once more, however many would need it. */
  budget: strictObject({
    /** Retries as a share of the requests in the window. @default 0.2 */
    share: share.optional().describe('Retries as a share of the requests in the window. Default: 0.2.'),
    /** So many retries are allowed in each second even when the share would be less. @default 10 */
    minPerSecond: z
      .number('expected a number')
      .min(0, 'expected 0 or more')
      .optional()
      .describe('So many retries are allowed in each second even when the share would be less. Default: 10.'),
    /** How far back requests and retries are counted. @default 10,000 */
    windowMs: positiveMilliseconds
      .optional()
      .describe('How far back requests and retries are counted. Default: 10000.'),
  })
    .optional()
    .describe('How many requests may be sent once more, however many would need it.'),
  /** A request with a longer body is not sent again. @default 65,536 */
  maxReplayBytes: count.optional().describe('A request with a longer body is not sent again. Default: 65536.'),
  /** Methods of requests that may be sent twice. @default the idempotent ones */
  methods: z
    .array(
      z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Z-]+$/, 'expected a method in capitals'),
      'expected a list of methods',
    )
    .optional()
    .describe('Methods of requests that may be sent twice. Default: the idempotent ones (RFC 9110 9.2.2).'),
  /** A field that tells the target how often the request was tried. @default none */
  attemptHeader: z
    .string()
    .regex(/^[!#$%&'*+.^_`|~\w-]+$/, 'expected the name of a header field')
    .optional()
    .describe('A field that tells the target how often the request was tried. Default: none.'),
  /** Leaves a target alone for as long as its Retry-After says. @default true */
  respectRetryAfter: z
    .boolean('expected true or false')
    .optional()
    .describe('Leaves a target alone for as long as its Retry-After says. Default: true.'),
  /** A second try beside the first one, while that one takes longer than most; for GET and HEAD. @default none */
  hedge: strictObject({
    /** Of the latest latencies, in percent. */
    percentile: z
      .number('expected a number')
      .gt(0, 'expected 0 to 100')
      .lt(100, 'expected 0 to 100')
      .describe('Of the latest latencies, in percent.'),
    /** Never earlier. @default 10 */
    minDelayMs: milliseconds.optional().describe('Never earlier. Default: 10.'),
    /** So many answers must be known before. @default 100 */
    minRequests: positiveCount.optional().describe('So many answers must be known before. Default: 100.'),
  })
    .optional()
    .describe(
      'A second try beside the first one, while that one takes longer than most; for GET and HEAD. Default: none.',
    ),
})
