import { parseArgs } from 'node:util'
import { UsageError } from '../../../src/command/usage-error.ts'

/** What `sluice compile` is to do. */
export interface CompileArguments {
  readonly isHelp: boolean
  /** Absent only beside `--help`. */
  readonly script: string
  /** Absent: standard output. */
  readonly output: string | undefined
  readonly port: number | undefined
  readonly dispatcher: 'socket' | 'fetch'
}

const OPTIONS = {
  dispatcher: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  output: { type: 'string', short: 'o' },
  port: { type: 'string' },
} as const

const MAX_PORT = 65_535

/** Reads the arguments behind `sluice compile`. @throws UsageError */
export function parseCompileArguments(commandArguments: readonly string[]): CompileArguments {
  const { values, positionals } = parse(commandArguments)
  const [script = '', extra] = positionals
  const isHelp = values.help === true
  if (extra !== undefined) throw new UsageError(`Cannot compile "${extra}" as well: expected one script`)
  if (script === '' && !isHelp) throw new UsageError('Cannot compile: expected a script')
  if (values.output === '') throw new UsageError('Cannot write to "": expected a file, or - for standard output')
  return {
    isHelp,
    script,
    output: values.output === '-' ? undefined : values.output,
    port: readPort(values.port),
    dispatcher: readDispatcher(values.dispatcher),
  }
}

function parse(commandArguments: readonly string[]) {
  try {
    return parseArgs({ args: [...commandArguments], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    // Node goes on to say how to pass an argument that begins with a dash.
    throw new UsageError((error as Error).message.replace(/\. To specify .*/s, ''))
  }
}

function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const port = /^\d+$/.test(text) ? Number(text) : MAX_PORT + 1
  if (port <= MAX_PORT) return port
  throw new UsageError(`Cannot read port "${text}": expected a number up to ${MAX_PORT}`)
}

function readDispatcher(text = 'socket'): CompileArguments['dispatcher'] {
  if (text === 'socket' || text === 'fetch') return text
  throw new UsageError(`Unknown dispatcher "${text}": expected socket or fetch`)
}
