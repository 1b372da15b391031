import { LIMITS } from '../limits.ts'
import { requireNumber } from './require-number.ts'

/** Of mux and merge. */
export interface MuxOptions {
  /** A shared pipeline that has nothing to do is ended after this time; 0 never. @default 10,000 */
  readonly maxIdleMs?: number
  /** Messages that wait in one shared pipeline; beyond it BUFFER_OVERFLOW. @default 100 */
  readonly maxQueue?: number
}

/** The options with their defaults. @throws INVALID_ARGUMENT when one is out of range */
export function readMuxOptions(filter: string, options: MuxOptions): Required<MuxOptions> {
  const { maxIdleMs = LIMITS.maxIdleMs, maxQueue = LIMITS.maxMuxQueue } = options
  requireNumber(filter, 'maxIdleMs', maxIdleMs, 0)
  requireNumber(filter, 'maxQueue', maxQueue, 1)
  return { maxIdleMs, maxQueue }
}
