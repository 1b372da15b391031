import type { ClientTally } from './client-tally.ts'
import type { UpstreamCounters } from './upstream-counters.ts'

/** What a soak found. */
export interface SoakReport {
  readonly seed: number
  readonly requests: number
  readonly connections: number
  readonly seconds: number
  readonly tally: ClientTally
  readonly upstream: UpstreamCounters
  /** How the proxy ended when it was told to: 0. */
  readonly proxyExit: number | string | null
  /** The last of what it printed. */
  readonly proxyOutput: string
}
