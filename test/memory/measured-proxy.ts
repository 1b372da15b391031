import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StartedProxy } from '../support/started-proxy.ts'
import { InspectorSession } from './inspector-session.ts'

const SAMPLE_MS = 100

/** A proxy in a process of its own, as a user starts it, and what it takes of the machine. It is built before. */
export class MeasuredProxy {
  readonly #proxy: StartedProxy
  readonly #folder: string
  readonly #inspectorUrl: string

  private constructor(proxy: StartedProxy, folder: string) {
    this.#proxy = proxy
    this.#folder = folder
    // Node says it before it runs anything.
    this.#inspectorUrl = /ws:\/\/\S+/.exec(proxy.output)?.[0] ?? ''
  }

  /**
   * Starts a script that listens on port 0, under the inspector, which can tell what is in use.
   * @param nodeFile the Node that runs it
   * @throws Error with what it printed when it ends before it listens
   */
  static async start(script: string, nodeFile: string): Promise<MeasuredProxy> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-memory-'))
    const file = join(folder, 'proxy.js')
    await writeFile(file, script)
    const proxy = await StartedProxy.start(file, { nodeFile, nodeOptions: ['--inspect=127.0.0.1:0'] })
    return new MeasuredProxy(proxy, folder)
  }

  get port(): number {
    return this.#proxy.port
  }

  /** Resident memory, in bytes. */
  get residentBytes(): number {
    const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.#proxy.id}/status`, 'utf8')) ?? []
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
    return readdirSync(`/proc/${this.#proxy.id}/fd`).length
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
    await this.#proxy.stop('SIGKILL')
    await rm(this.#folder, { recursive: true, force: true })
  }
}
