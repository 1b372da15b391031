import * as z from 'zod'
import { Environment } from './environment.ts'
import { readHostPattern } from './host-pattern.ts'
import { readPathPattern } from './path-pattern.ts'
import { SCHEMA_PARTS } from './schema-parts.ts'
import { strictObject } from './strict-object.ts'
import { readValueCondition } from './value-condition.ts'
import { variableSchema } from './variable-schema.ts'

const { fieldValue, milliseconds, name, status } = SCHEMA_PARTS

/** Fields that frame messages or belong to one connection: they are not for setting (RFC 9110 7.6.1, RFC 9112 6). */
const CONNECTION_FIELDS = new Set([
  'connection',
  'content-length',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'keep-alive',
  'proxy-connection',
])

const fieldName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~\w-]+$/, 'expected the name of a header field')
  .refine(
    (field) => !CONNECTION_FIELDS.has(field.toLowerCase()),
    'this field belongs to one connection, or frames messages; it is Sluice that writes it',
  )

const host = z
  .string('expected a host such as "example.com" or "*.example.com"')
  .superRefine((value, context) => refuse(context, readHostPattern(value)))
  .describe('example.com, or *.example.com, which takes one label more.')

const path = z.union(
  [
    z
      .string()
      .superRefine((value, context) => refuse(context, readPathPattern(value)))
      .describe('/exact, /prefix/* (takes /prefix as well), /users/:id.'),
    strictObject({
      regex: z.string('expected text').superRefine((regex, context) => refuse(context, readPathPattern({ regex }))),
    }).describe('A regular expression that fits the whole path. Its named groups are parameters.'),
  ],
  'expected a path such as "/users/*", or { regex }',
)

const method = z
  .string('expected a method such as "GET"')
  .regex(/^[!#$%&'*+.^_`|~0-9A-Z-]+$/, 'expected a method in capitals, as "GET"')

const NO_VARIABLES = new Environment(undefined)

const condition = (thing: string) =>
  z.union(
    [
      z.string(),
      z.boolean(),
      strictObject({
        regex: z
          .string('expected text')
          .superRefine((regex, context) => refuse(context, readValueCondition('name', { regex }, NO_VARIABLES))),
      }),
      variableSchema,
    ],
    `expected a value, { env }, true (the ${thing} is there), false (it is not there), or { regex }`,
  )

const location = z
  .string('expected a path or a URL')
  .regex(
    /^(?:https?:\/\/[^/:*\s]|\/(?!\/))[\x21-\x7e]*$|^\/$/,
    'expected a path, or a URL with http or https and a host',
  )

const redirect = z.union(
  [
    location,
    strictObject({
      /** The new URL or path. `:name` and a last `*`, each a whole segment, are what the route's path gave to them. */
      to: location.describe(
        "The new URL or path. :name and a last *, each a whole segment, are what the route's path gave to them.",
      ),
      /** @default 302 */
      status: z
        .literal([301, 302, 303, 307, 308], 'expected 301, 302, 303, 307 or 308')
        .optional()
        .describe('Default: 302.'),
    }),
  ],
  'expected a URL or path, or { to, status }',
)

const answer = strictObject({
  /** @default 200 */
  status: status.optional().describe('Default: 200.'),
  /** Fields of the answer. @default content-type: text/plain; charset=utf-8 when there is a body */
  headers: z
    .record(fieldName, fieldValue, 'expected fields with their values')
    .optional()
    .describe('Default: content-type: text/plain; charset=utf-8, when there is a body.'),
  /** @default none */
  body: z.string('expected text').optional().describe('Default: none.'),
})

const headerChanges = strictObject({
  /** Fields that get these values, whatever came; `{ env }` is the value of a variable. */
  set: z
    .record(
      fieldName,
      z.union([fieldValue, variableSchema], 'expected text, or { env }'),
      'expected fields with their values',
    )
    .optional()
    .describe('Fields that get these values, whatever came; { env } is the value of a variable.'),
  /** Fields that are taken out. */
  remove: z.array(fieldName, 'expected a list of fields').optional().describe('Fields that are taken out.'),
})

const rewrite = strictObject({
  /** Takes this off the front of the path: `/api` makes `/api/users` `/users`. */
  stripPrefix: z
    .string('expected a path')
    .regex(/^\/(?:[^?#\s]*[^/?#\s])?$/, 'expected a path such as "/api", without a slash at its end')
    .optional()
    .describe('Takes this off the front of the path: /api makes /api/users /users.'),
  /** Puts this before the path, after stripPrefix. */
  addPrefix: z
    .string('expected a path')
    .regex(/^\/[^?#\s]*[^/?#\s]$/, 'expected a path such as "/v2", without a slash at its end')
    .optional()
    .describe('Puts this before the path, after stripPrefix.'),
  /** The new path. `:name` and a last `*`, each a whole segment, are what the route's path gave to them. */
  path: z
    .string('expected a path')
    .regex(/^\/[^?#\s]*$/, 'expected a path that begins with "/", without a query, which is kept')
    .optional()
    .describe(
      "The new path. :name and a last *, each a whole segment, are what the route's path gave to them. The query is kept.",
    ),
}).superRefine((value, context) => {
  if (value.path !== undefined && (value.stripPrefix ?? value.addPrefix) !== undefined) {
    context.addIssue({
      code: 'custom',
      path: ['path'],
      message: 'a path says all; leave stripPrefix and addPrefix out',
      input: value.path,
    })
  }
})

const timeouts = strictObject({
  /** From the end of a request to the head of its answer; 504. 0 waits for ever. @default the service's */
  responseMs: milliseconds
    .optional()
    .describe("From the end of a request to the head of its answer; 504. 0 waits for ever. Default: the service's."),
  /** Between two pieces of an answer's body. 0 waits for ever. @default the service's */
  bodyMs: milliseconds
    .optional()
    .describe("Between two pieces of an answer's body. 0 waits for ever. Default: the service's."),
  /** From a request's head to the end of its answer; 504. 0 waits for ever. @default the service's */
  exchangeMs: milliseconds
    .optional()
    .describe("From a request's head to the end of its answer; 504. 0 waits for ever. Default: the service's."),
})

const actions = {
  /** The service that the request is forwarded to. */
  service: name.optional().describe('The service that the request is forwarded to.'),
  /** Answers with a redirect: a URL or path, or that with a status. The query is kept unless it has one. */
  redirect: redirect.optional().describe('Answers with a redirect. The query is kept, unless the new URL has one.'),
  /** Answers always the same. */
  answer: answer.optional().describe('Answers always the same.'),
  /** Changes the path that the service gets. */
  rewrite: rewrite.optional().describe('Changes the path that the service gets.'),
  /** Changes fields of the request. */
  requestHeaders: headerChanges.optional().describe('Changes fields of the request.'),
  /** Changes fields of the answer. */
  answerHeaders: headerChanges.optional().describe('Changes fields of the answer.'),
  /** How long this route waits for the service. */
  timeouts: timeouts.optional().describe('How long this route waits for the service.'),
}

const ONE_ACTION = { oneOf: [{ required: ['service'] }, { required: ['redirect'] }, { required: ['answer'] }] }

/** What happens to a request that no route takes. */
export const defaultSchema = strictObject(actions)
  .superRefine(requireOneAction)
  .meta({ ...ONE_ACTION, description: 'What happens to requests that no route takes. Default: 404.' })

/** A route: conditions, all of which have to hold, and what happens then. */
export const routeSchema = strictObject({
  /** For messages, and for `sluice explain`. @default `route 1`, by its place */
  name: name.optional().describe('For messages, and for sluice explain. Default: "route 1", by its place.'),
  /** Routes with a higher one are tried first. @default 0 */
  priority: z
    .int('expected a whole number')
    .optional()
    .describe('Routes with a higher one are tried first. Default: 0.'),
  /** One of these hosts. @default any */
  host: z
    .union([host, z.array(host).min(1, 'expected one host at least')], 'expected a host or a list of them')
    .optional()
    .describe('One of these hosts. Default: any.'),
  /** One of these paths. @default any */
  path: z
    .union(
      [path, z.array(path).min(1, 'expected one path at least')],
      'expected a path such as "/users/*", { regex }, or a list of them',
    )
    .optional()
    .describe('One of these paths. Default: any.'),
  /** One of these methods. HEAD is a method of its own. @default any */
  method: z
    .union([method, z.array(method).min(1, 'expected one method at least')], 'expected a method or a list of them')
    .optional()
    .describe('One of these methods. HEAD is a method of its own. Default: any.'),
  /** Fields with what they have to be: a value, `{ env }`, `true` (there), `false` (not there), `{ regex }`. @default any */
  header: z
    .record(
      z.string().regex(/^[!#$%&'*+.^_`|~\w-]+$/, 'expected the name of a header field'),
      condition('field'),
      'expected fields with what they have to be',
    )
    .optional()
    .describe(
      'Fields with what they have to be: a value, { env }, true (there), false (not there), { regex }. Default: any.',
    ),
  /** Parameters of the query, decoded, with what their first value has to be; forms as of `header`. @default any */
  query: z
    .record(name, condition('parameter'), 'expected parameters with what they have to be')
    .optional()
    .describe(
      'Parameters of the query, decoded, with what their first value has to be: a value, { env }, true (there), ' +
        'false (not there), { regex }. Default: any.',
    ),
  ...actions,
})
  .superRefine(requireOneAction)
  .meta({ ...ONE_ACTION, description: 'Conditions, all of which have to hold, and what happens then.' })

function requireOneAction(
  value: { readonly [name in keyof typeof actions]?: unknown },
  context: z.core.$RefinementCtx<unknown>,
): void {
  const given = (['service', 'redirect', 'answer'] as const).filter((action) => value[action] !== undefined)
  const state = given.length === 0 ? 'there is none' : `there are ${given.join(' and ')}`
  if (given.length !== 1) {
    context.addIssue({
      code: 'custom',
      path: [],
      message: `expected one of service, redirect and answer; ${state}`,
      input: value,
    })
    return
  }
  const useless = (['rewrite', 'requestHeaders', 'timeouts'] as const).find((change) => value[change] !== undefined)
  if (value.service === undefined && useless !== undefined) {
    context.addIssue({
      code: 'custom',
      path: [useless],
      message: 'it changes nothing: nothing is forwarded',
      input: value[useless],
    })
  }
}

function refuse(context: z.core.$RefinementCtx<string>, read: unknown): void {
  if (typeof read === 'string') context.addIssue({ code: 'custom', message: read, input: context.value })
}
