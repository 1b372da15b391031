import * as z from 'zod'
import { SCHEMA_PARTS } from './schema-parts.ts'
import { strictObject } from './strict-object.ts'
import { variableSchema } from './variable-schema.ts'

const { milliseconds, name, positiveCount } = SCHEMA_PARTS

const token = z.string('expected text').regex(/^[!#$%&'*+.^_`|~\w-]+$/, 'expected a name without blanks and signs')

const memory = {
  /** A key that has not been seen for this time is forgotten. 0 never. @default 3,600,000 */
  ttlMs: milliseconds
    .optional()
    .describe('A key that has not been seen for this time is forgotten. 0 never. Default: 3600000.'),
  /** Beyond it the least recently used key is forgotten. @default 65,536 */
  maxKeys: positiveCount.optional().describe('Beyond it the least recently used key is forgotten. Default: 65536.'),
}

const byConnection = strictObject({
  /** All requests of a client connection go to one target. */
  by: z.literal('connection'),
})

const byCookie = strictObject({
  /** By a cookie that the proxy issues and signs. */
  by: z.literal('cookie'),
  /** @default 'sluice-target' */
  name: token.optional().describe('Default: sluice-target.'),
  /** The first one signs, all are accepted. 16 characters or more, or `{ env }`: the variable that holds them. */
  secrets: z
    .array(
      z.union(
        [
          z
            .string('expected text')
            .min(SCHEMA_PARTS.minSecretCharacters, `expected ${SCHEMA_PARTS.minSecretCharacters} characters or more`),
          variableSchema,
        ],
        'expected text, or { env }',
      ),
      'expected a list of secrets',
    )
    .min(1, 'expected one secret at least')
    .describe(
      'The first one signs, all are accepted. 16 characters or more, or { env }: the variable that holds them.',
    ),
  /** After this time a client may get another target. @default 0, until the browser closes */
  ttlMs: milliseconds
    .optional()
    .describe('After this time a client may get another target. Default: 0, until the browser closes.'),
  /** @default '/' */
  path: name.optional().describe('Default: /.'),
  /** @default the host that the client asked for */
  domain: name.optional().describe('Default: the host that the client asked for.'),
  /** Only over TLS. @default false */
  secure: z.boolean('expected true or false').optional().describe('Only over TLS. Default: false.'),
  /** Not for scripts of the page. @default true */
  httpOnly: z.boolean('expected true or false').optional().describe('Not for scripts of the page. Default: true.'),
  /** @default 'Lax' */
  sameSite: z.enum(['Strict', 'Lax', 'None']).optional().describe('Default: Lax.'),
  /** Writes the target's address into the cookie. @default false */
  revealsAddress: z
    .boolean('expected true or false')
    .optional()
    .describe("Writes the target's address into the cookie. Default: false."),
})

const byHeader = strictObject({
  /** By the value of a header field. */
  by: z.literal('header'),
  /** The name of the field. */
  name: token.describe('The name of the field.'),
  ...memory,
})

const byAddress = strictObject({
  /** By the client's address. */
  by: z.literal('address'),
  ...memory,
})

/** The `sticky` of a service. */
export const stickySchema = z.discriminatedUnion(
  'by',
  [byConnection, byCookie, byHeader, byAddress],
  'expected an object with by "connection", "cookie", "header" or "address"',
)
