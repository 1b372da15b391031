import { ProxyError } from '../../src/errors.ts'
import type { Log } from '../../src/engine/log.ts'

const WINDOW_MS = 60_000
const MAX_LINES = 100

/**
 * A log in which the same thing is said once a minute, and no more than 100 things: what fails at the edge fails for each
 * request, in each isolate. Errors count as the same by their message, whatever is said in front of it. What scripts write
 * at `info` is left alone.
 */
export class BoundedLog implements Log {
  readonly #log: Log
  readonly #now: () => number
  #said = new Set<string>()
  #sinceMs = Number.NEGATIVE_INFINITY
  #hasToldLimit = false

  constructor(log: Log, now: () => number) {
    this.#log = log
    this.#now = now
  }

  error(message: string, error?: unknown): void {
    if (this.#isNews(message, error)) this.#log.error(message, error)
  }

  warn(message: string, error?: unknown): void {
    if (this.#isNews(message, error)) this.#log.warn(message, error)
  }

  info(message: string): void {
    this.#log.info(message)
  }

  /** An upstream that fails is no matter for debugging at the edge, where nobody else sees it. */
  debug(message: string, error?: unknown): void {
    if (error instanceof ProxyError && error.source !== 'downstream') this.warn(message, error)
    else this.#log.debug(message, error)
  }

  #isNews(message: string, error: unknown): boolean {
    const nowMs = this.#now()
    if (nowMs - this.#sinceMs >= WINDOW_MS) {
      this.#sinceMs = nowMs
      this.#said = new Set()
      this.#hasToldLimit = false
    }
    const text = error instanceof ProxyError ? error.message : message
    if (this.#said.has(text)) return false
    if (this.#said.size < MAX_LINES) {
      this.#said.add(text)
      return true
    }
    if (!this.#hasToldLimit)
      this.#log.warn(`Writing no more errors for a minute: there were ${MAX_LINES} different ones`)
    this.#hasToldLimit = true
    return false
  }
}
