import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { type ProcessUsage, readProcessUsage } from './process-usage.ts'

/** A program and how to start it. */
export interface Command {
  readonly file: string
  readonly arguments: readonly string[]
}

export interface StartOptions {
  /** The core it is bound to, with all its threads. @default not bound */
  readonly core?: number | undefined
  /** The folder it runs in. */
  readonly folder: string
}

const START_TIMEOUT_MS = 10_000
const STOP_TIMEOUT_MS = 12_000
const MAX_LOG_CHARACTERS = 4096

const running = new Set<ChildProcess>()
// Whatever ends this process, none of those it started may live on.
process.once('exit', () => {
  for (const child of running) killFamily(child)
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))

/** A process that was started, to be stopped by whoever started it. */
export class RunningProcess {
  readonly #child: ChildProcess
  readonly #name: string
  readonly #ended: Promise<unknown>
  #log = ''

  constructor(command: Command, options: StartOptions) {
    const { core, folder } = options
    const words = [command.file, ...command.arguments]
    // taskset becomes the program: the process id stays the same.
    const [file = '', ...rest] = core === undefined ? words : ['taskset', '-c', String(core), ...words]
    this.#name = words.join(' ')
    // `detached` makes it the head of a process group: its workers can be told with it.
    this.#child = spawn(file, rest, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    running.add(this.#child)
    this.#ended = once(this.#child, 'close').catch((error: Error) => this.#note(error.message))
    void this.#ended.then(() => running.delete(this.#child))
    this.#child.stdout?.on('data', (bytes) => this.#note(String(bytes)))
    this.#child.stderr?.on('data', (bytes) => this.#note(String(bytes)))
  }

  /** The last of what it printed. */
  get log(): string {
    return this.#log
  }

  get hasEnded(): boolean {
    return !running.has(this.#child)
  }

  /** What it has used since it started. */
  usage(): ProcessUsage {
    return readProcessUsage(this.#child.pid ?? 0)
  }

  /** Waits until a port of 127.0.0.1 accepts connections. Throws when the process ends first, or after 10 s. */
  async listening(port: number): Promise<void> {
    const deadline = performance.now() + START_TIMEOUT_MS
    while (performance.now() < deadline) {
      if (this.hasEnded) throw new Error(`Cannot start ${this.#name}: it ended and printed\n${this.#log}`)
      if (await accepts(port)) return
      await wait(10)
    }
    throw new Error(`Cannot start ${this.#name}: port ${port} did not open in time; it printed\n${this.#log}`)
  }

  /** Waits until what it has printed matches. Throws when the process ends first, or after 10 s. */
  printed(pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const refuse = (state: string): void => reject(new Error(`Cannot start ${this.#name}: ${state}\n${this.#log}`))
      const timer = setTimeout(() => refuse(`${pattern} did not come in time; it printed`), START_TIMEOUT_MS)
      const look = (): void => {
        if (!pattern.test(this.#log)) return
        clearTimeout(timer)
        resolve()
      }
      for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.on('data', look)
      look()
      void this.#ended.then(() => {
        clearTimeout(timer)
        refuse('it ended and printed')
      })
    })
  }

  /** Sends SIGTERM and waits for its end; it is killed after 12 s. @returns whether it ended by itself */
  async stop(): Promise<boolean> {
    if (!this.hasEnded) this.#child.kill('SIGTERM')
    let wasKilled = false
    const timer = setTimeout(() => {
      wasKilled = true
      killFamily(this.#child)
    }, STOP_TIMEOUT_MS)
    await this.#ended
    clearTimeout(timer)
    return !wasKilled
  }

  /** Sends SIGINT at a time if it still runs then, and waits for its end. @returns all that it printed */
  async finish(interruptAfterMs: number | undefined, timeoutMs: number): Promise<string> {
    const interrupt =
      interruptAfterMs === undefined ? undefined : setTimeout(() => this.#child.kill('SIGINT'), interruptAfterMs)
    const kill = setTimeout(() => killFamily(this.#child), timeoutMs)
    await this.#ended
    clearTimeout(interrupt)
    clearTimeout(kill)
    return this.#log
  }

  #note(text: string): void {
    this.#log = (this.#log + text).slice(-MAX_LOG_CHARACTERS)
  }
}

/** Ends a process and those it started: an nginx whose master alone is killed goes on. */
function killFamily(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It ended by itself just now.
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
