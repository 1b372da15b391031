import type { LineOutput } from '../engine/line-log.ts'
import type { SourceLocation } from '../errors.ts'
import type { EvaluateScript } from '../script/evaluate-script.ts'
import type { RewriteOptions } from '../script/rewrite-script.ts'
import type { RewrittenScript } from '../script/rewritten-script.ts'
import type { Transport } from '../transport.ts'

/** What the command needs of the runtime that it runs on. Paths are absolute. */
export interface CommandHost {
  readonly transport: Transport
  /** How it is started, for its help: `bun adapters/bun/main.ts`. */
  readonly commandName: string
  readonly stdout: LineOutput
  readonly stderr: LineOutput
  readonly env: Readonly<Record<string, string | undefined>>
  /** The current folder, without a slash at its end. */
  readonly folder: string
  /** The time of day, as text. */
  timeOfDay(): string
  /** The package's version. */
  readVersion(): string
  /** Reads a file. @returns undefined when there is none. @throws SCRIPT_FAILED when it cannot be read */
  readFile(path: string): Uint8Array | undefined
  /** What a script's text is put between before it is compiled. @default nothing: `compile` gets the body of a function */
  readonly wrapScript?: NonNullable<RewriteOptions['wrap']>
  /** Makes a rewritten script a function whose frames lie in the script's own file, lines and columns kept. */
  compile(script: RewrittenScript): EvaluateScript
  /** Imports a JavaScript or TypeScript module. */
  importModule(path: string): Promise<{ readonly default?: unknown }>
  /** The place in the user's modules that an error arose at, or that a module could not be parsed at. */
  locate(error: unknown): SourceLocation | undefined
  /** Calls back each time the process is told to stop, with the signal's number. */
  onStop(listener: (signalNumber: number) => void): void
  /** Takes over exceptions that nobody caught, and promises rejected with nobody waiting. */
  onUncaught(listener: (error: unknown) => void): void
  /** Keeps the process running, whatever else does. */
  keepRunning(): void
  /** Ends the process. */
  exit(code: number): void
}
