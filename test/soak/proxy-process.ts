import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Of what the proxy printed, so much is kept. */
const MAX_OUTPUT_CHARACTERS = 20_000

/** `node adapters/node.js SCRIPT`, as a user starts it; it is built before. */
export class ProxyProcess {
  /** The last of what it printed. */
  output = ''
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Starts it. @throws Error when it ends before it listens */
  static async start(script: string, logLevel: 'info' | 'debug'): Promise<{ proxy: ProxyProcess; port: number }> {
    const command = fileURLToPath(new URL('../../adapters/node.js', import.meta.url))
    const child = spawn(process.execPath, [command, '--log-level', logLevel, script], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const proxy = new ProxyProcess(child)
    const port = await new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code) => reject(new Error(`Cannot start proxy: it ended with ${code}:\n${proxy.output}`)))
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          proxy.output = (proxy.output + text).slice(-MAX_OUTPUT_CHARACTERS)
          const [, found] = /listening on \S*?:(\d+)\b/i.exec(proxy.output) ?? []
          if (found !== undefined) resolve(Number(found))
        })
      }
    })
    return { proxy, port }
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Tells it to stop. @returns its exit code */
  async stop(): Promise<number | null> {
    if (!this.isRunning) return this.#child.exitCode
    const exit = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    const [code] = (await exit) as [number | null]
    return code
  }
}
