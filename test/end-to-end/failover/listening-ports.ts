import { within } from './within.ts'

const MAX_WAIT_MS = 15_000

/** Reads out of what a proxy prints on which ports it listens. */
export class ListeningPorts {
  #text = ''
  #waiters: (() => void)[] = []

  /** More of what is printed. */
  read(text: string): void {
    this.#text += text
    for (const wake of this.#waiters.splice(0)) wake()
  }

  /** Waits until it is so many. @returns them in the order of the script; several processes have the same */
  async first(count: number): Promise<readonly number[]> {
    return await within(MAX_WAIT_MS, `the proxy listens on ${count} ports`, this.#untilSoMany(count))
  }

  async #untilSoMany(count: number): Promise<readonly number[]> {
    for (;;) {
      const ports = [...this.#text.matchAll(/listening on \S*?:(\d+)\n/gi)].map(([, port]) => Number(port))
      const distinct = [...new Set(ports)]
      if (distinct.length >= count) return distinct.slice(0, count)
      await new Promise<void>((resolve) => this.#waiters.push(resolve))
    }
  }
}
