import { setTimeout as wait } from 'node:timers/promises'

/** Waits until something holds that no event tells. @throws Error with what it was after a time */
export async function until(what: string, holds: () => boolean, timeoutMs = 30_000): Promise<void> {
  const endMs = performance.now() + timeoutMs
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`Cannot wait longer until ${what}: ${timeoutMs} ms are over`)
    await wait(10)
  }
}
