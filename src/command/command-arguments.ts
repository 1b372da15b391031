import { readRunOptions, type RunOptions } from './read-run-options.ts'
import { UsageError } from './usage-error.ts'

/** What the command is to do. */
export interface CommandArguments extends RunOptions {
  readonly action: 'run' | 'check' | 'help' | 'version'
  /** Absent only when nothing is to be run or checked. */
  readonly file: string | undefined
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
  return { action, file, ...readRunOptions(values.get('--log-level'), values.get('--drain-timeout')) }
}

function takeValue(name: string, waiting: string[]): string {
  const value = waiting.shift()
  if (value === undefined || value.startsWith('-')) throw new UsageError(`Option '${name} <value>' argument missing`)
  return value
}
