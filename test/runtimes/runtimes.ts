/** Where the suite runs: the columns of the table, in its order. Each is one test file. */
export const RUNTIMES = [
  'Node 20',
  'Node 24',
  'Deno',
  'Bun',
  'wrangler dev',
  'workerd, fetch',
  'workerd, socket',
  'workerd, SluicePool',
  'Hono on Node 24',
  'Pipy script on Node 24',
  'Pipy script in workerd',
] as const

export type RuntimeName = (typeof RUNTIMES)[number]
