import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { currentNode, type NodeExecutable } from './node-executables.ts'
import { PROJECT_FOLDER } from './project-folder.ts'

export interface ProxyProcessOptions {
  /** @default the Node that runs the tests */
  readonly node?: NodeExecutable
  /** Where it runs. @default the project's folder */
  readonly folder?: string
  /** How many ports it opens. @default 1 */
  readonly listenerCount?: number
}

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** `node adapters/node.js …` as a user starts it. */
export class ProxyProcess {
  /** What it has written so far, on both outputs. */
  output = ''
  readonly ended: Promise<ProcessEnd>
  readonly #child: ChildProcess
  #hasEnded = false
  #wake: (() => void)[] = []

  /** Starts it and waits until it says that it listens. */
  static async start(
    options: readonly string[],
    { listenerCount = 1, ...rest }: ProxyProcessOptions = {},
  ): Promise<ProxyProcess> {
    const proxy = new ProxyProcess(options, rest)
    await proxy.#until(() => proxy.ports.length >= listenerCount, 'it listens')
    return proxy
  }

  /** Starts it and waits until it has ended by itself. */
  static async run(
    options: readonly string[],
    rest: ProxyProcessOptions = {},
  ): Promise<ProcessEnd & { readonly output: string }> {
    const proxy = new ProxyProcess(options, rest)
    return { ...(await proxy.ended), output: proxy.output }
  }

  private constructor(
    options: readonly string[],
    { node = currentNode, folder = PROJECT_FOLDER }: ProxyProcessOptions,
  ) {
    const command = join(PROJECT_FOLDER, 'adapters', 'node.js')
    this.#child = spawn(node.file, [command, ...options], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
        this.#wakeAll()
      })
    }
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('close', (code, signal) => {
        this.#hasEnded = true
        this.#wakeAll()
        resolve({ code, signal })
      })
    })
    onTestFinished(async () => {
      this.#child.kill('SIGKILL')
      await this.ended
    })
  }

  /** The ports that it said it listens on, in the order of the script. */
  get ports(): readonly number[] {
    return [...this.output.matchAll(/listening on \S*?:(\d+)\b/gi)].map(([, port]) => Number(port))
  }

  /** The first of them. */
  get port(): number {
    return this.ports[0] as number
  }

  get pid(): number {
    return this.#child.pid as number
  }

  get isRunning(): boolean {
    return !this.#hasEnded
  }

  /** The most memory that it ever had in use, as Linux counts it. */
  get peakMemoryBytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Waits until it has written something that fits. */
  async written(pattern: RegExp): Promise<RegExpExecArray> {
    let match: RegExpExecArray | null = null
    await this.#until(() => {
      match = pattern.exec(this.output)
      return match !== null
    }, `it writes ${pattern}`)
    return match as unknown as RegExpExecArray
  }

  async #until(isDone: () => boolean, what: string): Promise<void> {
    while (!isDone()) {
      if (this.#hasEnded) throw new Error(`Cannot wait until ${what}: the process has ended; it wrote:\n${this.output}`)
      await new Promise<void>((resolve) => this.#wake.push(resolve))
    }
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}
