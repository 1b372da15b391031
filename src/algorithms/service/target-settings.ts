import type { TargetInit } from './target-init.ts'

/** A target as it was given, with what it leaves out filled in. */
export interface TargetSettings {
  readonly address: string
  readonly weight: number
  readonly priority: number
  readonly metadata: Readonly<Record<string, string>>
}

/** A target's address, weight, priority and metadata, whichever way it was written. The values are checked elsewhere. */
export function targetSettings(init: TargetInit): TargetSettings {
  if (typeof init === 'string') return { address: init, weight: 1, priority: 0, metadata: {} }
  const { address, weight = 1, priority = 0, metadata = {} } = init
  return { address, weight, priority, metadata }
}
