import { LOG_LEVELS, type LogLevel } from '../engine/line-log.ts'
import { LIMITS } from '../limits.ts'
import { readTimeMs } from '../script/units.ts'
import { UsageError } from './usage-error.ts'

/** What the command is to do. */
export interface CommandArguments {
  readonly action: 'run' | 'check' | 'help' | 'version'
  /** Absent only when nothing is to be run or checked. */
  readonly file: string | undefined
  readonly logLevel: LogLevel
  readonly drainTimeoutMs: number
}

/** Options by the names that they are given with; those with a value say what it is. */
const FLAGS: Readonly<Record<string, CommandArguments['action']>> = {
  '--check': 'check',
  '--help': 'help',
  '-h': 'help',
  '--version': 'version',
  '-v': 'version',
}
const WITH_VALUE = ['--log-level', '--drain-timeout']

/** Reads the arguments behind the command's name. `--name value` and `--name=value` are the same. @throws UsageError */
export function readCommandArguments(commandArguments: readonly string[]): CommandArguments {
  const actions = new Set<CommandArguments['action']>()
  const values = new Map<string, string>()
  const files: string[] = []
  const waiting = [...commandArguments]
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [, name = next, given] = /^(--[^=]+)=(.*)$/s.exec(next) ?? []
    if (WITH_VALUE.includes(name)) values.set(name, given ?? takeValue(name, waiting))
    else if (Object.hasOwn(FLAGS, next)) actions.add(FLAGS[next] ?? 'run')
    else if (next.startsWith('-')) throw new UsageError(`Unknown option '${next}'`)
    else files.push(next)
  }
  const action = (['help', 'version', 'check'] as const).find((asked) => actions.has(asked)) ?? 'run'
  const [file, extra] = files
  if (extra !== undefined) throw new UsageError(`Cannot run "${extra}" as well: expected one script`)
  if (file === undefined && (action === 'run' || action === 'check')) {
    throw new UsageError('Cannot run without a proxy: name the file that it is in')
  }
  return {
    action,
    file,
    logLevel: readLogLevel(values.get('--log-level')),
    drainTimeoutMs: readDrainTimeout(values.get('--drain-timeout')),
  }
}

function takeValue(name: string, waiting: string[]): string {
  const value = waiting.shift()
  if (value === undefined || value.startsWith('-')) throw new UsageError(`Option '${name} <value>' argument missing`)
  return value
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
