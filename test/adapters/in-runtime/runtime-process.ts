import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { PROJECT_FOLDER } from '../../end-to-end/support/project-folder.ts'
import { createScriptFolder } from '../../end-to-end/support/script-folder.ts'
import type { RuntimeExecutable } from './runtime-executables.ts'

/** Of a project that has installed Sluice: Deno takes nothing from node_modules that is not named here. */
const MANIFEST = JSON.stringify({ type: 'module', dependencies: { sluice: '*' } })

/** How a command ended and what it wrote. */
export interface RuntimeEnd {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A runtime's command as a process of its own, in the folder of a project that has Sluice installed. */
export class RuntimeProcess {
  readonly folder: string
  readonly ended: Promise<RuntimeEnd>
  stdout = ''
  stderr = ''
  readonly #child: ChildProcess
  #hasEnded = false
  #wake: (() => void)[] = []

  /**
   * @param files texts by name; they lie in the folder that it runs in
   * @param environment variables beside those of this process
   */
  constructor(
    [file, ...fileArguments]: RuntimeExecutable,
    main: string,
    commandArguments: readonly string[],
    files: Readonly<Record<string, string>> = {},
    environment: Readonly<Record<string, string>> = {},
  ) {
    this.folder = createScriptFolder({ 'package.json': MANIFEST, ...files })
    this.#child = spawn(file, [...fileArguments, join(PROJECT_FOLDER, main), ...commandArguments], {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', ...environment },
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
      this.#wakeAll()
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
      this.#wakeAll()
    })
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('close', (code) => {
        this.#hasEnded = true
        this.#wakeAll()
        resolve({ code, stdout: this.stdout, stderr: this.stderr })
      })
    })
    onTestFinished(async () => {
      this.#child.kill('SIGKILL')
      await this.ended
    })
  }

  /** The port that it said first. */
  get port(): number {
    return Number(/Listening on \S*:(\d+)/.exec(this.stdout)?.[1])
  }

  get isRunning(): boolean {
    return !this.#hasEnded
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Waits until one of the outputs has something that fits. @returns itself */
  async written(pattern: RegExp): Promise<this> {
    while (!pattern.test(this.stdout) && !pattern.test(this.stderr)) {
      if (this.#hasEnded) throw new Error(`It ended before it wrote ${pattern}:\n${this.stdout}\n${this.stderr}`)
      await new Promise<void>((resolve) => this.#wake.push(resolve))
    }
    return this
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}
