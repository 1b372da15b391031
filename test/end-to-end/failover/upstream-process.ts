import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `fail`: answer 500 from now on; `recover`: no more; `finish`: answer what is under way and end. */
export type UpstreamMessage = 'fail' | 'recover' | 'finish'

const PROGRAM = fileURLToPath(new URL('upstream.ts', import.meta.url))
/**
 * Ports below those that the system gives away by itself: while an upstream is down, nobody's outgoing connection may get
 * its port.
 */
const FIRST_PORT = 12_000
const LAST_PORT = 32_000
const MAX_TRIES = 50

/** An upstream in a process of its own, which can be killed, stopped and started again on the same port. */
export class UpstreamProcess {
  readonly port: number
  /** The paths of the POSTs that it has worked on, over all its lives. */
  readonly posts: string[] = []
  #child: ChildProcess

  private constructor(port: number, child: ChildProcess) {
    this.port = port
    this.#child = child
    this.#readPosts(child)
  }

  /** Starts one on a free port. */
  static async start(): Promise<UpstreamProcess> {
    for (let i = 0; i < MAX_TRIES; i++) {
      const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT))
      const child = await startProgram(port)
      if (child !== undefined) return new UpstreamProcess(port, child)
    }
    throw new Error(`Cannot start upstream: ${MAX_TRIES} ports between ${FIRST_PORT} and ${LAST_PORT} are in use`)
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  /** `kill -9`. Settles when it is gone. */
  async kill(): Promise<void> {
    const exit = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exit
  }

  /** Stops it where it stands: its connections stay open, and the system accepts more. */
  halt(): void {
    this.#child.kill('SIGSTOP')
  }

  /** Goes on after `halt`. */
  proceed(): void {
    this.#child.kill('SIGCONT')
  }

  /** From now on it answers 500. Settles when it knows. */
  async fail(): Promise<void> {
    await this.#tell('fail')
  }

  /** It answers as it should again. */
  async recover(): Promise<void> {
    await this.#tell('recover')
  }

  /** It takes no more connections, answers what is under way, and ends. Settles when it is gone. */
  async finish(): Promise<void> {
    const exit = once(this.#child, 'exit')
    this.#child.send('finish' satisfies UpstreamMessage)
    await exit
  }

  /** Starts it again, on the same port. Settles when it listens. */
  async restart(): Promise<void> {
    const child = await startProgram(this.port)
    if (child === undefined) throw new Error(`Cannot start upstream again: port ${this.port} is in use`)
    this.#child = child
    this.#readPosts(child)
  }

  /** Ends it, whatever it does. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.kill()
  }

  async #tell(message: UpstreamMessage): Promise<void> {
    const known = once(this.#child, 'message')
    this.#child.send(message)
    await known
  }

  #readPosts(child: ChildProcess): void {
    let rest = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) this.posts.push(line)
    })
  }
}

/** @returns undefined when somebody else has the port */
async function startProgram(port: number): Promise<ChildProcess | undefined> {
  const child = fork(PROGRAM, [String(port)], {
    execArgv: [],
    // Ten of them would take a second longer to read their types away.
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const [message] = (await once(child, 'message')) as [{ readonly error?: string }]
  if (message.error === undefined) return child
  if (message.error === 'EADDRINUSE') return undefined
  throw new Error(`Cannot start upstream on port ${port}: ${message.error}`)
}
