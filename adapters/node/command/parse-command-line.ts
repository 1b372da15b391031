import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { readRunOptions, type RunOptions } from '../../../src/command/read-run-options.ts'
import { UsageError } from '../../../src/command/usage-error.ts'
import { LOG_LEVELS } from '../../../src/engine/line-log.ts'
import { LIMITS } from '../../../src/limits.ts'

/** What the command is to do. */
export interface CommandLine extends RunOptions {
  readonly action: 'run' | 'check' | 'help' | 'version'
  /** Without one it is the demo. */
  readonly script: string | undefined
  /** How many processes serve; with one it is this process. */
  readonly workers: number
}

/** More than any machine has cores; a number that is mistyped must not fill its memory. */
const MAX_WORKERS = 1024

export const HELP = `Usage: sluice [options] [script]
       sluice explain [method] <url> [-H <header>] [configuration]
       sluice schema
       sluice compile [options] <script>
       sluice bundle [options] <module> -o <file>

Runs a proxy: a Pipy script, a JavaScript or TypeScript module whose default export is a proxy, or a gateway's
configuration: a module with defineGateway, a JSON file, a YAML file.
Without a script it runs a demo on the ports 8000, 8080 and 8081.

Options:
  --check                  build the proxy, print its pipelines, or a gateway's routes, and open no port
  --drain-timeout <time>   how long requests in flight may take when it is told to stop,
                           in seconds or as 500s, 1m (default: ${LIMITS.drainTimeoutMs / 1000}s)
  --log-level <level>      ${LOG_LEVELS.join(', ')} (default: info)
  --workers <number>       how many processes share the ports, each with connections, pools and variables
                           of its own; max: as many as there are cores (default: 1)
  -h, --help               print this
  -v, --version            print the version

Explain says which route of a gateway takes a request and why, where it goes, and how long it is waited for. Without a
configuration it looks for sluice.config.ts, .js, .json or .yaml. Its option:
  -H, --header <header>    a field of the request, as 'x-version: 2'; as often as you like

Schema prints the JSON Schema of gateways' configurations.

Compile makes a Pipy script a module that a Cloudflare Worker runs; modules need none of it. Its options:
  --dispatcher <kind>      how it reaches host:port: socket, which sends requests as they are, or fetch (default: socket)
  -o, --output <file>      where to, with its source map beside it (default: standard output)
  --port <port>            which listen of the script takes the requests (default: the first that speaks HTTP)

Bundle makes a Worker's module and what it imports one file, with its source map beside it, and leaves out the filters
and algorithms that it does not use. It runs the esbuild of the project, or that of its wrangler. Its options:
  --keep <names>           what stays though nothing names it, with commas between the names: dump,Percentile
  --minify                 without spaces, and with short names
  -o, --output <file>      where to

A proxy stops on SIGTERM and SIGINT when the requests in flight are answered, and at once on the second one.
With workers, it starts each again that dies, and tells on SIGUSR2 what each of them does.
What scripts print goes to standard output, what is wrong to standard error.
Exit codes: 0 when it was told to stop, 1 when the proxy cannot run, be compiled or be bundled, 2 for a wrong option.
`

const OPTIONS = {
  check: { type: 'boolean' },
  'drain-timeout': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  'log-level': { type: 'string' },
  version: { type: 'boolean', short: 'v' },
  workers: { type: 'string' },
} as const

/** Reads the arguments behind the command's name. @throws UsageError */
export function parseCommandLine(commandArguments: readonly string[]): CommandLine {
  const { values, positionals } = parse(commandArguments)
  const [script, extra] = positionals
  if (extra !== undefined) throw new UsageError(`Cannot run "${extra}" as well: expected one script`)
  return {
    action: values.help ? 'help' : values.version ? 'version' : values.check ? 'check' : 'run',
    script,
    ...readRunOptions(values['log-level'], values['drain-timeout']),
    workers: readWorkers(values.workers),
  }
}

function parse(commandArguments: readonly string[]) {
  try {
    return parseArgs({ args: [...commandArguments], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    const { message } = error as Error
    // Node goes on to say how to pass an argument that begins with a dash.
    throw new UsageError(message.replace(/\. To specify .*/s, ''))
  }
}

function readWorkers(text = '1'): number {
  if (text === 'max') return availableParallelism()
  const count = /^\d+$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= MAX_WORKERS) return count
  throw new UsageError(`Cannot read number of workers "${text}": expected 1 to ${MAX_WORKERS}, or max`)
}
