/** Sluice in applications of itty-router. */
export { sluice, type SluiceOptions } from './sluice.ts'
