import type { Log } from '../../../src/engine/log.ts'
import { describeThrown } from '../../../src/command/describe-thrown.ts'

/** Exceptions told one by one in each interval; the ones beyond are counted, and the count is told. */
const MAX_TOLD = 10
const INTERVAL_MS = 1000
/** For so long exceptions may follow one another with nothing else getting its turn. */
const MAX_STALL_MS = 5000

/**
 * Lets the process go on after an exception that nobody caught and a promise that was rejected with nobody waiting for
 * it: each is logged, with its place in the user's file where that is known.
 *
 * Node ends a process there, since it cannot know what was left half done. Here it is known: the engine catches whatever
 * it calls (a callback that throws is the 500 of its request), so what arrives here was thrown where the user's module
 * was called by nobody but Node: a timer, an emitter. The other clients' requests do not pay for that. While the module
 * loads nobody is served yet, and whoever started it is looking: there Node's own rule stands.
 *
 * What goes on must not hide that it is broken. So at most ten of them are written out each second and the others told
 * as a number, which neither floods the log nor leaves it silent; and exceptions that follow one another so that nothing
 * else gets a turn, from a microtask that queues itself say, end the process with 1 after five seconds: it answers no
 * request and hears no signal any more, and its manager can only start it again when it is gone.
 */
export function surviveExceptions(log: Log): void {
  const reporter = new ExceptionReporter(log)
  process.on('uncaughtException', (error: unknown) => {
    reporter.report('Going on after an exception that nobody caught', error)
  })
  process.on('unhandledRejection', (reason) => {
    reporter.report('Going on after a promise was rejected that nobody waits for', reason)
  })
}

class ExceptionReporter {
  readonly #log: Log
  #isIntervalOpen = false
  #toldCount = 0
  #untoldCount = 0
  /** Since when the event loop has not come round; undefined when it has. */
  #stalledSince: number | undefined

  constructor(log: Log) {
    this.#log = log
  }

  report(action: string, error: unknown): void {
    this.#openInterval()
    if (this.#toldCount < MAX_TOLD) {
      this.#toldCount++
      this.#log.error(`${action}: ${describeThrown(error)}`, error)
    } else {
      this.#untoldCount++
    }
    this.#stopIfStalled()
  }

  #openInterval(): void {
    if (this.#isIntervalOpen) return
    this.#isIntervalOpen = true
    setTimeout(() => {
      this.#isIntervalOpen = false
      this.#toldCount = 0
      this.#tellCount()
    }, INTERVAL_MS).unref()
  }

  #tellCount(): void {
    const count = this.#untoldCount
    this.#untoldCount = 0
    if (count === 0) return
    this.#log.error(`Going on after ${count} more exceptions in the same second, beyond the ${MAX_TOLD} that were told`)
  }

  #stopIfStalled(): void {
    const now = performance.now()
    if (this.#stalledSince === undefined) {
      this.#stalledSince = now
      setImmediate(() => {
        this.#stalledSince = undefined
      })
    } else if (now - this.#stalledSince > MAX_STALL_MS) {
      const state = `${this.#untoldCount} more came within ${MAX_STALL_MS} ms and let nothing else have its turn`
      this.#log.error(`Stopping, because of exceptions that nobody caught: ${state}`)
      process.exit(1)
    }
  }
}
