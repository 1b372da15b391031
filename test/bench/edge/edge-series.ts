import type { Series } from '../run-rounds.ts'
import type { EdgeRival } from './edge-rival.ts'

/** The measurements of one proxy at the edge at one work, one per round. */
export interface EdgeSeries extends Series {
  readonly rival: EdgeRival
}
