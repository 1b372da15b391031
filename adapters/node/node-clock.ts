import type { Timer, Transport } from '../../src/transport.ts'

/** Time and chance of the process. Its timers keep no process alive. */
export const nodeClock: Pick<Transport, 'now' | 'setTimer' | 'random'> = {
  now: () => performance.now(),
  setTimer: (callback, delayMs): Timer => {
    const timeout = setTimeout(callback, delayMs).unref()
    return { cancel: () => clearTimeout(timeout) }
  },
  random: () => Math.random(),
}
