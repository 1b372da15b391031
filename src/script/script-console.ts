import { Data } from '../events.ts'
import type { ScriptHost, ScriptLogLevel } from './script-host.ts'

type Write = (...values: unknown[]) => void

/** `console` as scripts see it. */
export type ScriptConsole = Readonly<Record<'log' | ScriptLogLevel, Write>>

/** A console that joins its arguments with spaces, shows objects as JSON, and gives the host line by line. */
export function createScriptConsole(host: Pick<ScriptHost, 'log'>): ScriptConsole {
  const writer =
    (level: ScriptLogLevel): Write =>
    (...values) => {
      for (const line of values.map(show).join(' ').split('\n')) host.log(line, level)
    }
  return Object.freeze({
    log: writer('info'),
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
    debug: writer('debug'),
  })
}

function show(value: unknown): string {
  if (value instanceof Error || typeof value !== 'object' || value === null) return String(value)
  if (value instanceof Data) return value.toString() ?? `[Data of ${value.size} bytes]`
  try {
    return JSON.stringify(value)
  } catch {
    return '[object that JSON cannot show]'
  }
}
