import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InspectorSession } from './inspector-session.ts'

const COMMAND = fileURLToPath(new URL('../../adapters/node.js', import.meta.url))
const SAMPLE_MS = 100

/** A proxy in a process of its own, as a user starts it, and what it takes of the machine. It is built before. */
export class MeasuredProxy {
  readonly port: number
  readonly #child: ChildProcess
  readonly #folder: string
  readonly #output: { text: string }
  readonly #inspectorUrl: string

  private constructor(child: ChildProcess, port: number, folder: string, output: { text: string }) {
    this.#child = child
    this.port = port
    this.#folder = folder
    this.#output = output
    // Node says it before it runs anything.
    this.#inspectorUrl = /ws:\/\/\S+/.exec(output.text)?.[0] ?? ''
  }

  /**
   * Starts `node --inspect adapters/node.js` with a script that listens on port 0: the inspector can tell what is in use.
   * @param nodeFile the Node that runs it
   * @throws Error with what it printed when it ends before it listens
   */
  static async start(script: string, nodeFile: string): Promise<MeasuredProxy> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-memory-'))
    const file = join(folder, 'proxy.js')
    await writeFile(file, script)
    const child = spawn(nodeFile, ['--inspect=127.0.0.1:0', COMMAND, file], { stdio: ['ignore', 'pipe', 'pipe'] })
    const output = { text: '' }
    const port = await new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code) => reject(new Error(`Cannot start proxy: it ended with ${code}:\n${output.text}`)))
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          output.text = (output.text + text).slice(-10_000)
          const [, found] = /(?<!Debugger )listening on \S*?:(\d+)\b/i.exec(output.text) ?? []
          if (found !== undefined) resolve(Number(found))
        })
      }
    })
    return new MeasuredProxy(child, port, folder, output)
  }

  /** The last of what it printed. */
  get output(): string {
    return this.#output.text
  }

  /** Resident memory, in bytes. */
  get residentBytes(): number {
    const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')) ?? []
    if (kib === undefined) throw new Error('Cannot read resident memory: the proxy is gone')
    return 1024 * Number(kib)
  }

  /** What is in use when all garbage is collected, in bytes. */
  async liveBytes(): Promise<number> {
    const session = await InspectorSession.open(this.#inspectorUrl)
    try {
      return await session.liveBytes()
    } finally {
      await session.close()
    }
  }

  /** Files and sockets that it has open. */
  get openFiles(): number {
    return readdirSync(`/proc/${this.#child.pid}/fd`).length
  }

  /** Runs something, and gives the most resident memory that was seen meanwhile. */
  async peakDuring(action: () => Promise<void>): Promise<number> {
    let peak = this.residentBytes
    const sampling = setInterval(() => (peak = Math.max(peak, this.residentBytes)), SAMPLE_MS)
    try {
      await action()
    } finally {
      clearInterval(sampling)
    }
    return Math.max(peak, this.residentBytes)
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exit = once(this.#child, 'exit')
      this.#child.kill('SIGKILL')
      await exit
    }
    await rm(this.#folder, { recursive: true, force: true })
  }
}
