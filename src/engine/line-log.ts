import { ProxyError, type SourceLocation } from '../errors.ts'
import type { Log } from './log.ts'

/** From the fewest lines to the most. */
export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const

/** How much is written: lines of this level and of those before it in {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Where lines go. */
export interface LineOutput {
  write(text: string): unknown
}

export interface LineLogOptions {
  /** @default 'info' */
  readonly level?: LogLevel
  /** Finds the place in the user's files that an error arose at. */
  readonly locate?: (error: unknown) => SourceLocation | undefined
  /** What scripts write, as they write it. */
  readonly stdout: LineOutput
  /** What is wrong, with time and level. */
  readonly stderr: LineOutput
  /** The time of day, as text. */
  readonly timeOfDay: () => string
}

/**
 * A log for a terminal or a service manager: `info`, which is what scripts and the filters print and dump write, goes to
 * standard output as it is; everything else to standard error, with its time, its level, and the place in the user's
 * file where that is known. At level `debug` errors have their code and their stack.
 */
export class LineLog implements Log {
  readonly #rank: number
  readonly #locate: (error: unknown) => SourceLocation | undefined
  readonly #stdout: LineOutput
  readonly #stderr: LineOutput
  readonly #timeOfDay: () => string

  constructor({ level = 'info', locate = () => undefined, stdout, stderr, timeOfDay }: LineLogOptions) {
    this.#rank = LOG_LEVELS.indexOf(level)
    this.#locate = locate
    this.#stdout = stdout
    this.#stderr = stderr
    this.#timeOfDay = timeOfDay
  }

  error(message: string, error?: unknown): void {
    this.#report('error', message, error)
  }

  warn(message: string, error?: unknown): void {
    this.#report('warn', message, error)
  }

  info(message: string): void {
    if (this.#isWritten('info')) this.#stdout.write(`${message}\n`)
  }

  debug(message: string): void {
    this.#report('debug', message, undefined)
  }

  #isWritten(level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) <= this.#rank
  }

  #report(level: LogLevel, message: string, error: unknown): void {
    if (!this.#isWritten(level)) return
    const location = error === undefined ? undefined : ask(() => this.#locate(error))
    const place = location === undefined ? '' : placeOf(location)
    const shown = message.includes(place) ? message : `${message} at ${place}`
    const stack = this.#isWritten('debug') ? (ask(() => stackOf(error)) ?? '') : ''
    this.#stderr.write(`${this.#timeOfDay()} ${level} ${escapeControls(shown + stack)}\n`)
  }
}

/** What a thrown value tells about itself: its `stack` and `cause` may be getters, and those may throw. */
function ask<T>(question: () => T): T | undefined {
  try {
    return question()
  } catch {
    return undefined
  }
}

function placeOf({ file, line, column }: SourceLocation): string {
  return `${file}:${line}:${column}`
}

function stackOf(error: unknown): string {
  let text = ''
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = cause instanceof ProxyError ? `[${cause.code}] ` : ''
    text += `\n${code}${cause.stack ?? String(cause)}`
  }
  return text
}

/** A client's bytes may be part of a message; they must not move the cursor of whoever reads the log. */
function escapeControls(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}/gu, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
