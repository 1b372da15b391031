import { LIMITS } from '../limits.ts'
import { requireNumber } from './require-number.ts'

/** Of the filters that collect a body before they call back. */
export interface CollectOptions {
  /**
   * The longest body that is collected. handleMessage and handleMessageBody give a longer one cut off, and log that;
   * replaceMessage and replaceMessageBody fail with BODY_TOO_LARGE (413; 502 for an answer). @default 16 MiB
   */
  readonly maxBodyBytes?: number
}

/** The limit that the options name, or the default. @throws INVALID_ARGUMENT when it is no number from 0 up */
export function readCollectOptions(filter: string, options: CollectOptions): number {
  requireNumber(filter, 'maxBodyBytes', options.maxBodyBytes, 0)
  return options.maxBodyBytes ?? LIMITS.maxBodyBytes
}
