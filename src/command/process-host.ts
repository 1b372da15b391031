import type { LineOutput } from '../engine/line-log.ts'
import { ProxyError } from '../errors.ts'
import type { CommandHost } from './command-host.ts'
import { locateInStack } from './locate-in-stack.ts'

/** What a runtime has of Node's process and modules. */
export interface ProcessParts {
  readonly process: {
    readonly env: Readonly<Record<string, string | undefined>>
    readonly stdout: LineOutput
    readonly stderr: LineOutput
    cwd(): string
    exit(code: number): void
    on(name: string, listener: (value: unknown) => void): unknown
  }
  readonly readFileSync: (path: string) => Uint8Array
  readonly fileURLToPath: (url: string) => string
  /** Its `globalThis`. */
  readonly globals: {
    setInterval(callback: () => void, intervalMs: number): unknown
    readonly Date: new () => { toISOString(): string }
  }
  /** The URL of the package's folder. */
  readonly ownFolder: string
}

/** What differs from runtime to runtime. */
export type OwnParts = Pick<CommandHost, 'transport' | 'commandName' | 'wrapScript' | 'compile' | 'importModule'>

/** The longest that timers know. */
const LONGEST_INTERVAL_MS = 2 ** 31 - 1
const SIGNAL_NUMBERS: Readonly<Record<string, number>> = { SIGTERM: 15, SIGINT: 2 }
/** There is no such file, or nothing that could be read as one. */
const ABSENT: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR'])

/** A host for the command on a runtime that has Node's `process`. */
export function createProcessHost(parts: ProcessParts, own: OwnParts): CommandHost {
  const { process, readFileSync, fileURLToPath, globals, ownFolder } = parts
  return {
    ...own,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    folder: process.cwd(),
    timeOfDay: () => new globals.Date().toISOString(),
    readVersion: () => {
      const text = new TextDecoder().decode(readFileSync(fileURLToPath(new URL('package.json', ownFolder).href)))
      return (JSON.parse(text) as { readonly version: string }).version
    },
    readFile: (path) => readFile(path, readFileSync),
    locate: (error) => locateInStack(error, { ownFolder, toPath: fileURLToPath }),
    onStop: (listener) => {
      for (const [name, number] of Object.entries(SIGNAL_NUMBERS)) process.on(name, () => listener(number))
    },
    onUncaught: (listener) => {
      process.on('uncaughtException', listener)
      process.on('unhandledRejection', listener)
    },
    keepRunning: () => {
      globals.setInterval(() => undefined, LONGEST_INTERVAL_MS)
    },
    exit: (code) => process.exit(code),
  }
}

function readFile(path: string, readFileSync: ProcessParts['readFileSync']): Uint8Array | undefined {
  // No name of a file has one; what is thrown would look like a mistake of the script.
  if (path.includes('\0')) return undefined
  try {
    return readFileSync(path)
  } catch (error) {
    const { code } = error as { readonly code?: string }
    if (ABSENT.has(code)) return undefined
    throw new ProxyError('SCRIPT_FAILED', `Cannot read file "${path}": ${code ?? String(error)}`, { cause: error })
  }
}
