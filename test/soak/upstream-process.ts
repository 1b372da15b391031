import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { UpstreamCounters } from './upstream-counters.ts'

/** The upstream, in a process of its own. */
export class UpstreamProcess {
  /** In the order of its services. */
  readonly ports: readonly number[]
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, ports: readonly number[]) {
    this.#child = child
    this.ports = ports
  }

  /** @param requests how many there will be @param services on how many ports it listens */
  static async start(seed: number, requests: number, services: number): Promise<UpstreamProcess> {
    const file = fileURLToPath(new URL('upstream.ts', import.meta.url))
    const child = fork(file, [seed, requests, services].map(String), { execArgv: [] })
    const { ports } = (await answerOf(child)) as { readonly ports: readonly number[] }
    return new UpstreamProcess(child, ports)
  }

  /** What it has counted so far. */
  async counters(): Promise<UpstreamCounters> {
    this.#child.send('counters')
    const { counters } = (await answerOf(this.#child)) as { readonly counters: UpstreamCounters }
    return counters
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exit = once(this.#child, 'exit')
    this.#child.kill()
    await exit
  }
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  return await new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`Cannot ask upstream: it ended with ${code}`))
    child.once('exit', onExit)
    child.once('message', (message) => {
      child.off('exit', onExit)
      resolve(message)
    })
  })
}
