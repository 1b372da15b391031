import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const COMMAND = fileURLToPath(new URL('../../adapters/node.js', import.meta.url))
/** Of what the proxy printed, so much is kept. */
const MAX_OUTPUT_CHARACTERS = 20_000

export interface StartedProxyOptions {
  /** The Node that runs it. @default the one that runs this */
  readonly nodeFile?: string
  /** Options of that Node. @default none */
  readonly nodeOptions?: readonly string[]
  /** @default 'info' */
  readonly logLevel?: string
  /** More options of the command. @default none */
  readonly commandOptions?: readonly string[]
  /** Variables of its environment, beside those of this process. @default none */
  readonly environment?: Readonly<Record<string, string>>
  /** Told of everything that it prints. */
  readonly onOutput?: (text: string) => void
}

/** `node adapters/node.js SCRIPT`, as a user starts it, for programs that are no tests; it is built before. */
export class StartedProxy {
  /** The last of what it printed. */
  output = ''
  port = 0
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Starts it, and waits until it listens. @throws Error with what it printed when it ends before that */
  static async start(script: string, options: StartedProxyOptions = {}): Promise<StartedProxy> {
    const { nodeFile = process.execPath, nodeOptions = [], logLevel = 'info', commandOptions = [] } = options
    const { environment = {}, onOutput } = options
    const child = spawn(nodeFile, [...nodeOptions, COMMAND, '--log-level', logLevel, ...commandOptions, script], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    })
    const proxy = new StartedProxy(child)
    proxy.port = await new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code) => reject(new Error(`Cannot start proxy: it ended with ${code}:\n${proxy.output}`)))
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          onOutput?.(text)
          proxy.output = (proxy.output + text).slice(-MAX_OUTPUT_CHARACTERS)
          const [, found] = /(?<!Debugger )listening on \S*?:(\d+)\b/i.exec(proxy.output) ?? []
          if (found !== undefined) resolve(Number(found))
        })
      }
    })
    return proxy
  }

  /** The number of its process. */
  get id(): number {
    return this.#child.pid as number
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Ends it. @param signal SIGTERM lets it finish what is under way. @returns its exit code; null when the signal ended it */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> {
    if (!this.isRunning) return this.#child.exitCode
    const exit = once(this.#child, 'exit')
    this.#child.kill(signal)
    const [code] = (await exit) as [number | null]
    return code
  }
}
