import type { TargetInit } from './target-init.ts'
import { targetSettings } from './target-settings.ts'

/**
 * What a list of targets says, kept so that the next one can be compared with it: address, weight, priority and metadata, whatever
 * their order. Answers of DNS come in another order each time, and mean the same.
 */
export class TargetSnapshot {
  readonly #saysByAddress = new Map<string, string>()
  readonly #count: number

  /** @param targets may change afterwards */
  constructor(targets: readonly TargetInit[]) {
    this.#count = targets.length
    for (const target of targets) {
      const init = typeof target === 'string' ? { address: target } : target
      this.#saysByAddress.set(init.address, describe(init))
    }
  }

  /** How many targets the list has. */
  get size(): number {
    return this.#count
  }

  /** Whether another list says the same. */
  equals(other: TargetSnapshot): boolean {
    if (this.#count !== other.#count || this.#saysByAddress.size !== other.#saysByAddress.size) return false
    for (const [address, says] of this.#saysByAddress) {
      if (other.#saysByAddress.get(address) !== says) return false
    }
    return true
  }
}

function describe(init: TargetInit): string {
  const { weight, priority, metadata } = targetSettings(init)
  const pairs = Object.entries(metadata)
  if (pairs.length === 0) return `${weight} ${priority}`
  return JSON.stringify([weight, priority, ...pairs.sort(([a], [b]) => (a < b ? -1 : 1))])
}
