import * as z from 'zod'
import { SCHEMA_PARTS } from './schema-parts.ts'
import { strictObject } from './strict-object.ts'

const { fieldValue, positiveCount, positiveMilliseconds, share, status } = SCHEMA_PARTS

const times = {
  /** Between two checks of a target. @default 5,000 */
  intervalMs: positiveMilliseconds.optional().describe('Between two checks of a target. Default: 5000.'),
  /** A share of the interval, by chance added or taken off. @default 0.1 */
  jitter: share.optional().describe('A share of the interval, by chance added or taken off. Default: 0.1.'),
  /** A check that takes longer has failed. @default 2,000 */
  timeoutMs: positiveMilliseconds.optional().describe('A check that takes longer has failed. Default: 2000.'),
  /** So many good checks in a row make an unhealthy target healthy. @default 2 */
  healthyThreshold: positiveCount
    .optional()
    .describe('So many good checks in a row make an unhealthy target healthy. Default: 2.'),
  /** So many failed ones in a row make it unhealthy. @default 3 */
  unhealthyThreshold: positiveCount.optional().describe('So many failed ones in a row make it unhealthy. Default: 3.'),
}

const httpCheck = strictObject({
  /** It has to answer a request. */
  type: z.literal('http'),
  /** @default '/' */
  path: z
    .string('expected a path')
    .regex(/^\/[\x21-\x7e]*$/, 'expected a path that begins with "/"')
    .optional()
    .describe('Default: /.'),
  /** @default 'GET' */
  method: z.enum(['GET', 'HEAD', 'OPTIONS']).optional().describe('Default: GET.'),
  /** The Host of the request. @default the target's */
  host: fieldValue.optional().describe("The Host of the request. Default: the target's."),
  /** Statuses, or ranges as `200-399`. @default ['200-399'] */
  expectedStatuses: z
    .array(
      z.union([status, z.string().regex(/^\d{3}-\d{3}$/)], 'expected a status, or a range as "200-399"'),
      'expected a list of statuses',
    )
    .min(1, 'expected one status at least')
    .optional()
    .describe('Statuses, or ranges as 200-399. Default: 200-399.'),
  ...times,
})

const tcpCheck = strictObject({
  /** It has to take a connection. */
  type: z.literal('tcp'),
  ...times,
})

/** The `health` of a service. */
export const healthSchema = strictObject({
  /** Asks targets whether they are well. @default no checks */
  check: z
    .discriminatedUnion('type', [httpCheck, tcpCheck], 'expected an object with type "http" or "tcp"')
    .optional()
    .describe('Asks targets whether they are well. Default: no checks.'),
  /** What requests that fail say of a target. @default nothing */
  passive: strictObject({
    /** So many failures within `failWindowMs` make it unhealthy. @default 5 */
    maxFails: positiveCount.optional().describe('So many failures within failWindowMs make it unhealthy. Default: 5.'),
    /** The time in which failures are counted, and for which the target then gets no requests. @default 10,000 */
    failWindowMs: positiveMilliseconds
      .optional()
      .describe(
        'The time in which failures are counted, and for which the target then gets no requests. Default: 10000.',
      ),
    /** Statuses that count as failures. @default none */
    statuses: z
      .array(status, 'expected a list of statuses')
      .optional()
      .describe('Statuses that count as failures. Default: none.'),
  })
    .optional()
    .describe('What requests that fail say of a target. Default: nothing.'),
  /** When the share of healthy targets is less, all take part. @default 0.25 */
  panicThreshold: share.optional().describe('When the share of healthy targets is less, all take part. Default: 0.25.'),
  /** Checks that run at the same time. @default 32 */
  maxConcurrentChecks: positiveCount.optional().describe('Checks that run at the same time. Default: 32.'),
})
