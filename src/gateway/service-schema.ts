import * as z from 'zod'
import { parseTarget } from '../engine/parse-target.ts'
import { discoverSchema } from './discover-schema.ts'
import { healthSchema } from './health-schema.ts'
import { outlierSchema } from './outlier-schema.ts'
import { retrySchema } from './retry-schema.ts'
import { SCHEMA_PARTS } from './schema-parts.ts'
import { stickySchema } from './sticky-schema.ts'
import { strictObject } from './strict-object.ts'

const { count, milliseconds, positiveCount } = SCHEMA_PARTS

const address = z
  .string('expected an address such as "127.0.0.1:8080"')
  .superRefine((value, context) => {
    try {
      parseTarget(value)
    } catch (error) {
      const message = (error as Error).message.replace(/^.*?": /, '')
      context.addIssue({ code: 'custom', message, input: value })
    }
  })
  .describe('host:port, http://host, https://host, tcp://host:port, or binding:NAME at the edge.')

const target = z.union(
  [
    address,
    strictObject({
      /** `host:port`, or a URL without a path. */
      address,
      /** Its share of the load, as against the others'; 0 gets nothing. @default 1 */
      weight: z
        .number('expected a number')
        .min(0, 'expected 0 or more')
        .optional()
        .describe("Its share of the load, as against the others'; 0 gets nothing. Default: 1."),
      /** Requests go to the lowest priority that has an available target; the others are backups. @default 0 */
      priority: count
        .optional()
        .describe(
          'Requests go to the lowest priority that has an available target; the others are backups. Default: 0.',
        ),
      /** What scripts and pages may want to know: zone, version. */
      metadata: z
        .record(z.string(), z.string())
        .optional()
        .describe('What scripts and pages may want to know: zone, version.'),
    }),
  ],
  'expected an address such as "127.0.0.1:8080", or { address, weight, priority }',
)

const targets = z
  .array(target, 'expected a list of targets')
  .min(1, 'expected one target at least')
  .superRefine((list, context) => {
    const known = new Set<string>()
    list.forEach((item, i) => {
      const text = typeof item === 'string' ? item : item.address
      if (known.has(text))
        context.addIssue({ code: 'custom', path: [i], message: 'the target is there already', input: item })
      known.add(text)
    })
  })

const pool = strictObject({
  /** Connections to one target. @default 1,024 */
  maxConnections: positiveCount.optional().describe('Connections to one target. Default: 1024.'),
  /** A connection that serves nobody is closed after this time. @default 10,000 */
  maxIdleMs: milliseconds
    .optional()
    .describe('A connection that serves nobody is closed after this time. Default: 10000.'),
  /** Requests that wait for a connection to one target; beyond it 503. @default 1,024 */
  maxQueue: count
    .optional()
    .describe('Requests that wait for a connection to one target; beyond it 503. Default: 1024.'),
  /** How long they wait; then 503. @default 30,000 */
  queueTimeoutMs: milliseconds.optional().describe('How long they wait; then 503. Default: 30000.'),
})

const timeouts = strictObject({
  /** Time to a connection; 504. @default 10,000 */
  connectMs: milliseconds.optional().describe('Time to a connection; 504. Default: 10000.'),
  /** From the end of a request to the head of its answer; 504. @default 60,000 */
  responseMs: milliseconds
    .optional()
    .describe('From the end of a request to the head of its answer; 504. Default: 60000.'),
  /** Between two pieces of an answer's body. @default 60,000 */
  bodyMs: milliseconds.optional().describe("Between two pieces of an answer's body. Default: 60000."),
  /** From a request's head to the end of its answer; 504. @default 0, no limit */
  exchangeMs: milliseconds
    .optional()
    .describe("From a request's head to the end of its answer; 504. Default: 0, no limit."),
})

const limits = strictObject({
  /** Requests under way in the whole service; beyond it 503. @default no limit */
  maxConcurrentRequests: positiveCount
    .optional()
    .describe('Requests under way in the whole service; beyond it 503. Default: no limit.'),
  /** Requests that wait for a connection; beyond it 503. @default no limit */
  maxPending: count.optional().describe('Requests that wait for a connection; beyond it 503. Default: no limit.'),
  /** A target with so many requests under way gets no more while another one has fewer. @default pool.maxConnections */
  maxConnectionsPerTarget: positiveCount
    .optional()
    .describe(
      'A target with so many requests under way gets no more while another one has fewer. Default: pool.maxConnections.',
    ),
  /** Retries under way at the same time. @default no limit but the budget */
  maxConcurrentRetries: count
    .optional()
    .describe('Retries under way at the same time. Default: no limit but the budget.'),
})

const service = strictObject({
  /** Where it is served: addresses, each with a weight and a priority if need be. This or `discover`. */
  targets: targets.optional().describe('Where it is served. This or discover.'),
  /** Where its targets are found while it runs: by DNS, or in a file. This or `targets`. */
  discover: discoverSchema.optional(),
  /** How a target is chosen. @default 'round-robin' */
  balancer: z
    .enum([
      'round-robin',
      'random',
      'least-connections',
      'power-of-two',
      'least-time',
      'consistent-hash',
      'maglev',
      'rendezvous',
    ])
    .optional()
    .describe('How a target is chosen. Default: round-robin.'),
  /** How the requests of a client are kept on one target. @default not at all */
  sticky: stickySchema.optional().describe('How the requests of a client are kept on one target. Default: not at all.'),
  /** The connections to one target. */
  pool: pool.optional().describe('The connections to one target.'),
  /** Which targets are well. @default all that are there */
  health: healthSchema.optional().describe('Which targets are well. Default: all that are there.'),
  /** Targets that fail while others do not are left out for a while. @default none */
  outlier: outlierSchema
    .optional()
    .describe('Targets that fail while others do not are left out for a while. Default: none.'),
  /** When a request is tried again, and how often. */
  retry: retrySchema.optional().describe('When a request is tried again, and how often.'),
  /** How long a target is waited for; 0 waits for ever. */
  timeouts: timeouts.optional().describe('How long a target is waited for; 0 waits for ever.'),
  /** What it takes on at most. */
  limits: limits.optional().describe('What it takes on at most.'),
  /** A target that comes later gets a tenth of its weight at first, and all of it after this time. @default 0 */
  slowStartMs: milliseconds
    .optional()
    .describe(
      'A target that comes later gets a tenth of its weight at first, and all of it after this time. Default: 0.',
    ),
  /** How long a target that was taken out may finish what is under way. 0 waits for ever. @default 30,000 */
  drainTimeoutMs: milliseconds
    .optional()
    .describe('How long a target that was taken out may finish what is under way. 0 waits for ever. Default: 30000.'),
})
  .superRefine(requireOneOrigin)
  .meta({ oneOf: [{ required: ['targets'] }, { required: ['discover'] }] })

function requireOneOrigin(value: { targets?: unknown; discover?: unknown }, context: z.core.$RefinementCtx): void {
  if (value.targets === undefined && value.discover === undefined) {
    context.addIssue({ code: 'custom', path: ['targets'], message: 'expected a list of targets, or discover' })
  }
  if (value.targets !== undefined && value.discover !== undefined) {
    const message = 'there are targets already; expected one of the two'
    context.addIssue({ code: 'custom', path: ['discover'], message, input: value.discover })
  }
}

/** A service: its targets, or those and how they are used, as of `algo.Service`. */
export const serviceSchema = z
  .union(
    [
      address.transform((one): z.output<typeof service> => ({ targets: [one] })),
      targets.transform((list): z.output<typeof service> => ({ targets: list })),
      service,
    ],
    { error: 'expected an address, a list of targets, or an object with targets' },
  )
  .describe('Targets, and how they are used.')
