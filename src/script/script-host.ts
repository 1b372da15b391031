/** How loud a line of a script's `console` is. */
export type ScriptLogLevel = 'error' | 'warn' | 'info' | 'debug'

/** What a script gets from the runtime that it runs on; an adapter gives it. */
export interface ScriptHost {
  /**
   * Reads a file of the script's codebase, for `pipy.load`.
   * @param path relative to the folder that the script lies in, also when it begins with `/`
   * @returns undefined when there is none
   */
  readFile(path: string): Uint8Array | undefined
  /** Reads any file, for `os.readFile`. Absent where there are none. */
  readSystemFile?(path: string): Uint8Array | undefined
  /** The environment, for `os.env`. */
  readonly env: Readonly<Record<string, string | undefined>>
  /**
   * Writes one line of `console`, or about a failure.
   * @param error what was thrown, for the place in the script
   */
  log(line: string, level: ScriptLogLevel, error?: unknown): void
  /** Ends the process, for `pipy.exit`. Absent where that cannot be done. */
  exit?(code: number): void
}
