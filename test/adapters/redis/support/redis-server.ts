import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { findClosedAddress } from '../../../end-to-end/support/closed-address.ts'

/** Whether Debian's `redis-server` is installed; it is said where the tests that need it are skipped. */
export const hasRedis: boolean = spawnSync('redis-server', ['--version']).status === 0
if (!hasRedis)
  console.warn('redis-server is not installed: the tests that need it are skipped (apt-get install redis-server)')

/** A redis-server of a test: on a port of 127.0.0.1, with nothing in it, and nothing kept. */
export class RedisServer {
  readonly port: number
  #child: ChildProcess | undefined

  /** Starts one, and waits until it takes connections. */
  static async start(): Promise<RedisServer> {
    const server = new RedisServer(Number((await findClosedAddress()).split(':')[1]))
    await server.start()
    return server
  }

  private constructor(port: number) {
    this.port = port
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Starts it again on the same port, with nothing in it. */
  async start(): Promise<void> {
    const options = [
      '--port',
      String(this.port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      '/tmp',
    ]
    const child = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    let output = ''
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', () => reject(new Error(`redis-server ended:\n${output}`)))
      child.stderr.resume()
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text
        if (output.includes('Ready to accept connections')) resolve()
      })
    })
  }

  /** Holds it as if its machine stood still, and lets it go on. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(name)
  }

  /** Ends it at once. */
  async stop(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }
}
