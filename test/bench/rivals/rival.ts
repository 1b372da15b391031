import type { UpstreamPorts } from '../load/start-upstream.ts'
import type { Command } from '../machine/running-process.ts'
import type { Setup, Work, WorkName } from '../works.ts'

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
  /** What it can be set up to do. @default only 'pool' */
  readonly setups?: readonly Setup[]
  /** Has this set-up in every work: the other side of a work that compares two set-ups. */
  readonly fixedSetup?: Setup
  /** Takes part in these works only. @default all that it can be set up for */
  readonly onlyFor?: readonly WorkName[]
  readonly lacks?: readonly Feature[]
  /** What it prints once it listens, where an open port does not say so. */
  readonly listeningText?: RegExp
  /** Writes the files it needs into its folder. @returns how to start it; undefined when nothing is to be started */
  prepare(place: Place, setup: Setup): Command | undefined
}

/** Whether a rival takes part in a work. */
export function takesPart({ setups = ['pool'], fixedSetup, onlyFor }: Rival, work: Work): boolean {
  if (onlyFor !== undefined && !onlyFor.includes(work.name)) return false
  return fixedSetup !== undefined || setups.includes(work.setup)
}

/** How a rival is set up for a work that it takes part in. */
export function setupFor(rival: Rival, work: Work): Setup {
  return rival.fixedSetup ?? work.setup
}
