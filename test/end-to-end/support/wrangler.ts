import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { PROJECT_FOLDER } from './project-folder.ts'

const WRANGLER = join(PROJECT_FOLDER, 'node_modules', 'wrangler', 'bin', 'wrangler.js')

/** Without questions, without reports, and without the network. */
const ENVIRONMENT = {
  ...process.env,
  CI: 'true',
  NO_COLOR: '1',
  WRANGLER_SEND_METRICS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
}

/** `npx wrangler` as a user starts it, in the project's folder. */
export class Wrangler {
  /** What it has written so far, on both outputs. */
  output = ''
  /** Settles with its exit code. */
  readonly ended: Promise<number | null>
  readonly #child: ChildProcess
  #hasEnded = false
  #wake: (() => void)[] = []

  /**
   * Starts `wrangler dev` on a free port and waits until it serves.
   * @param options behind `dev`
   */
  static async dev(options: readonly string[] = []): Promise<{ readonly wrangler: Wrangler; readonly port: number }> {
    const [port, inspectorPort] = await findFreePorts()
    const state = createFolder()
    const places = ['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', String(inspectorPort)]
    const wrangler = new Wrangler(['dev', ...places, '--persist-to', state, ...options])
    await wrangler.wrote(`Ready on http://127.0.0.1:${port}`)
    return { wrangler, port }
  }

  constructor(words: readonly string[]) {
    // Its own process, and not npx: whoever is told to stop has to hear it.
    const child = spawn(process.execPath, [WRANGLER, ...words], {
      cwd: PROJECT_FOLDER,
      env: ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
        this.#wakeAll()
      })
    }
    this.ended = new Promise((resolve) => {
      child.once('close', (code) => {
        this.#hasEnded = true
        this.#wakeAll()
        resolve(code)
      })
    })
    onTestFinished(() => this.stop())
  }

  /** Waits until it has written a text. */
  async wrote(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.#hasEnded) throw new Error(`Cannot wait for "${text}": wrangler has ended after\n${this.output}`)
      await new Promise<void>((resolve) => this.#wake.push(resolve))
    }
  }

  async stop(): Promise<void> {
    if (!this.#hasEnded) this.#child.kill('SIGTERM')
    await this.ended
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}

/** A folder of the test's own. */
export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-wrangler-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function findFreePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()]
  for (const server of servers) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  for (const server of servers) await new Promise((resolve) => server.close(resolve))
  return ports as [number, number]
}
