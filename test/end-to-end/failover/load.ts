import { within } from './within.ts'
import { clockMs } from './clock.ts'
import { LoadClient, type LoadClientOptions } from './load-client.ts'
import type { RequestRecord } from './request-record.ts'

export type LoadOptions = Pick<LoadClientOptions, 'port'> &
  Partial<Omit<LoadClientOptions, 'port' | 'number' | 'onEnd'>> & {
    /** @default 32 */
    readonly clients?: number
  }

/** Methods of requests that may be sent twice (RFC 9110 9.2.2). */
export const SAFE_METHODS: readonly string[] = ['GET', 'PUT', 'GET', 'DELETE']

/** With some that may not. */
export const ALL_METHODS: readonly string[] = ['GET', 'PUT', 'GET', 'POST', 'GET', 'DELETE']

/** How long something is waited for before the run is given up. */
const MAX_WAIT_MS = 15_000

interface Waiter {
  readonly isMet: (record: RequestRecord) => boolean
  readonly resolve: (record: RequestRecord) => void
}

/** Clients that send requests without end, and what became of each. */
export class Load {
  /** All that is over, in the order in which it ended. */
  readonly records: RequestRecord[] = []
  readonly #clients: LoadClient[] = []
  readonly #waiters = new Set<Waiter>()
  readonly #options: LoadOptions

  constructor(options: LoadOptions) {
    this.#options = options
    this.add(options.clients ?? 32)
  }

  /** More clients of the same kind. */
  add(count: number): void {
    const {
      port,
      pauseMs = 20,
      methods = SAFE_METHODS,
      keepsCookies = false,
      requestsPerConnection = 0,
    } = this.#options
    for (let i = 0; i < count; i++) {
      const number = this.#clients.length
      const onEnd = (record: RequestRecord): void => this.#take(record)
      const client = new LoadClient({ port, number, pauseMs, methods, keepsCookies, requestsPerConnection, onEnd })
      this.#clients.push(client)
      client.start()
    }
  }

  /** The first request from now on that fits, once it is over. */
  async until(what: string, isMet: (record: RequestRecord) => boolean): Promise<RequestRecord> {
    let waiter: Waiter | undefined
    const met = new Promise<RequestRecord>((resolve) => this.#waiters.add((waiter = { isMet, resolve })))
    try {
      return await within(MAX_WAIT_MS, what, met)
    } finally {
      if (waiter !== undefined) this.#waiters.delete(waiter)
    }
  }

  /** Waits until so many requests were answered that were sent from now on. */
  async pass(count: number): Promise<void> {
    const sinceMs = clockMs()
    let passed = 0
    await this.until(`${count} requests are answered`, ({ sentMs, result }) => {
      if (sentMs >= sinceMs && result === 'answered') passed++
      return passed >= count
    })
  }

  /** Waits until a target answers a request that was sent from now on. @returns when that was */
  async reached(address: string): Promise<number> {
    const sinceMs = clockMs()
    const { endedMs } = await this.until(
      `"${address}" answers`,
      ({ sentMs, upstream, result }) => sentMs >= sinceMs && upstream === address && result === 'answered',
    )
    return endedMs
  }

  /** Sends nothing more, and waits for what is under way. */
  async stop(): Promise<void> {
    for (const client of this.#clients) client.stop()
    await Promise.all(this.#clients.map(({ stopped }) => stopped))
  }

  #take(record: RequestRecord): void {
    this.records.push(record)
    for (const waiter of this.#waiters) if (waiter.isMet(record)) waiter.resolve(record)
  }
}
