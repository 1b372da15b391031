import type { Log } from '../../src/engine/log.ts'

/** A log that keeps what is written: each entry with its level in front. */
export class RecordingLog implements Log {
  readonly entries: string[] = []
  readonly errors: unknown[] = []

  error(message: string, error?: unknown): void {
    this.entries.push(`error ${message}`)
    this.errors.push(error)
  }

  warn(message: string, error?: unknown): void {
    this.entries.push(`warn ${message}`)
    this.errors.push(error)
  }

  info(message: string): void {
    this.entries.push(`info ${message}`)
  }

  debug(message: string): void {
    this.entries.push(`debug ${message}`)
  }

  /** The messages of one level. */
  messages(level: 'error' | 'warn' | 'info' | 'debug'): string[] {
    return this.entries.filter((entry) => entry.startsWith(`${level} `)).map((entry) => entry.slice(level.length + 1))
  }
}
