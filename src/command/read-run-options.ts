import { LOG_LEVELS, type LogLevel } from '../engine/line-log.ts'
import { LIMITS } from '../limits.ts'
import { readTimeMs } from '../script/units.ts'
import { UsageError } from './usage-error.ts'

/** How a proxy runs, on whatever runtime. */
export interface RunOptions {
  /** @default 'info' */
  readonly logLevel: LogLevel
  /** @default LIMITS.drainTimeoutMs */
  readonly drainTimeoutMs: number
}

/** Reads the values of `--log-level` and `--drain-timeout`. @throws UsageError */
export function readRunOptions(logLevel: string | undefined, drainTimeout: string | undefined): RunOptions {
  return { logLevel: readLogLevel(logLevel), drainTimeoutMs: readDrainTimeout(drainTimeout) }
}

function readLogLevel(text = 'info'): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text)
  if (level === undefined) throw new UsageError(`Unknown log level "${text}": expected ${LOG_LEVELS.join(', ')}`)
  return level
}

function readDrainTimeout(text: string | undefined): number {
  if (text === undefined) return LIMITS.drainTimeoutMs
  const timeoutMs = readTimeMs(text)
  if (timeoutMs === undefined) throw new UsageError(`Cannot read drain timeout "${text}": expected seconds, or 10s, 1m`)
  return timeoutMs
}
