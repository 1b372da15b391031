import type { Transport } from '../transport.ts'
import type { Log } from './log.ts'

/** What `serve` of a runtime that has sockets of its own may be told. */
export interface ServeOptions {
  /** @default a log of level 'info' on the outputs of the process */
  readonly log?: Log
  /** @default the runtime's own */
  readonly transport?: Transport
}
