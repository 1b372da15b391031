import type { DiscoveryClock } from '../../../../adapters/node/discovery/discovery-clock.ts'

/** Time passes as fast as the test can: pauses are over in a turn of the event loop, and their lengths are kept. */
export function hurriedClock(): { readonly clock: DiscoveryClock; readonly waits: number[] } {
  const waits: number[] = []
  const setTimer = (callback: () => void, delayMs: number) => {
    waits.push(delayMs)
    // A limit that something else is expected to come before.
    if (delayMs > 5_000) return { cancel: () => {} }
    const immediate = setImmediate(callback)
    return { cancel: () => clearImmediate(immediate) }
  }
  return { clock: { setTimer, random: () => 0.5 }, waits }
}
