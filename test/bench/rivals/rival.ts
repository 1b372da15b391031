import type { UpstreamPorts } from '../load/start-upstream.ts'
import type { Command } from '../machine/running-process.ts'
import type { Work } from '../works.ts'

/** What not every rival offers, so that it is not asked for it. */
export type Feature = 'forwards the Host header' | 'forwards header names as they came'

/** Where a rival listens, sends to and may write files. */
export interface Place {
  readonly folder: string
  readonly port: number
  readonly upstreamPorts: UpstreamPorts
}

/**
 * A proxy to measure. It sends `/hi` and below to the second upstream port and all else to the first, keeps upstream
 * connections alive, and writes no access log.
 */
export interface Rival {
  /** The word that chooses it. */
  readonly name: string
  /** The name with its version or variant, for tables. */
  readonly title: string
  /** Compiled while it runs, so that its first seconds tell nothing. */
  readonly isJavaScript: boolean
  /** Takes part in works with large bodies only. @default false */
  readonly onlyLarge?: boolean
  readonly lacks?: readonly Feature[]
  /** Writes the files it needs into its folder. @returns how to start it; undefined when nothing is to be started */
  prepare(place: Place): Command | undefined
}

/** Whether a rival takes part in a work. */
export function takesPart(rival: Rival, work: Work): boolean {
  return work.isLarge || rival.onlyLarge !== true
}
