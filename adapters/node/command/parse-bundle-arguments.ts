import { parseArgs } from 'node:util'
import { UsageError } from '../../../src/command/usage-error.ts'

/** What `sluice bundle` is to do. */
export interface BundleArguments {
  readonly isHelp: boolean
  /** Both are empty only beside `--help`. */
  readonly entry: string
  readonly output: string
  readonly isMinified: boolean
  readonly keep: readonly string[]
}

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  keep: { type: 'string', multiple: true },
  minify: { type: 'boolean' },
  output: { type: 'string', short: 'o' },
} as const

/** Reads the arguments behind `sluice bundle`. @throws UsageError */
export function parseBundleArguments(commandArguments: readonly string[]): BundleArguments {
  const { values, positionals } = parse(commandArguments)
  const [entry = '', extra] = positionals
  const { help: isHelp = false, output = '', minify: isMinified = false, keep = [] } = values
  if (extra !== undefined) throw new UsageError(`Cannot bundle "${extra}" as well: expected one module`)
  if (!isHelp && entry === '') throw new UsageError('Cannot bundle: expected a module')
  if (!isHelp && output === '') throw new UsageError('Cannot bundle: expected -o and a file to write to')
  return { isHelp, entry, output, isMinified, keep: keep.flatMap((names) => names.split(',')).filter(Boolean) }
}

function parse(commandArguments: readonly string[]) {
  try {
    return parseArgs({ args: [...commandArguments], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    // Node goes on to say how to pass an argument that begins with a dash.
    throw new UsageError((error as Error).message.replace(/\. To specify .*/s, ''))
  }
}
