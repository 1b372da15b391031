/** Sluice in Hono applications. */
export { sluice, type SluiceOptions } from './sluice.ts'
