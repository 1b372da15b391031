import * as z from 'zod'
import { listenSchema } from './listen-schema.ts'
import { defaultSchema, routeSchema } from './route-schema.ts'
import { SCHEMA_PARTS } from './schema-parts.ts'
import { serviceSchema } from './service-schema.ts'
import { strictObject } from './strict-object.ts'

/** The form of a gateway's configuration. What it cannot say, as that a service exists, `checkConfiguration` looks at. */
export const gatewaySchema = strictObject({
  /** For editors, which complete and check by it. */
  $schema: z.string().optional().describe('For editors, which complete and check by it.'),
  /** Where clients connect: a port, `127.0.0.1:8000`, one of them with options, or a list. */
  listen: listenSchema,
  /** Services by their names. @default none */
  services: z
    .record(SCHEMA_PARTS.name, serviceSchema, 'expected services by their names')
    .optional()
    .describe('Services by their names.'),
  /** What is done with which requests. The order is of little importance: the particular comes before the general. */
  routes: z
    .array(routeSchema, 'expected a list of routes')
    .optional()
    .describe('What is done with which requests. The particular comes before the general, whatever their order.'),
  /** What happens to requests that no route takes. @default 404 */
  default: defaultSchema.optional(),
})
