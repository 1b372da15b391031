/** What a pool has done since its object came to life, and what it does now. */
export interface PoolStatistics {
  readonly connections: {
    /** Open to the target now. */
    readonly open: number
    /** The most that were open at once. */
    readonly peak: number
    /** Opened so far, those that could not be made included. */
    readonly created: number
    /** Those that could not be made. */
    readonly failed: number
  }
  readonly requests: {
    /** Sent to the pool so far. */
    readonly total: number
    /** Not answered yet: on a connection, or waiting for one. */
    readonly underWay: number
    /** The share of requests that needed no connection of their own, from 0 to 1. */
    readonly reuseRatio: number
  }
  /** Connections that Workers have to the pool now. */
  readonly clients: number
}
