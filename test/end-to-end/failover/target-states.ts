import { within } from './within.ts'

/** A change of a target's state, as the proxy tells it. */
export interface StateRecord {
  /** Of the clock that all processes read. */
  readonly atMs: number
  /** The process that tells it; 1 when there is only one. */
  readonly worker: number
  readonly address: string
  readonly from: string
  readonly to: string
  readonly reason: string
}

const MAX_WAIT_MS = 15_000

/** Reads out of what a proxy prints how its targets are. */
export class TargetStates {
  readonly records: StateRecord[] = []
  readonly #workers: number
  #rest = ''
  #waiters: (() => void)[] = []

  /** @param workers how many processes tell */
  constructor(workers: number) {
    this.#workers = workers
  }

  /** More of what is printed. */
  read(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) {
      const [, worker = '1', json] = /^(?:\[worker (\d+)\] )?state (\{.*\})$/.exec(line) ?? []
      if (json !== undefined) {
        this.records.push({ ...(JSON.parse(json) as Omit<StateRecord, 'worker'>), worker: Number(worker) })
      }
    }
    for (const wake of this.#waiters.splice(0)) wake()
  }

  /**
   * Waits until each process has found that a target is not healthy.
   * @param sinceMs what was found before does not count
   * @returns when the last one did
   */
  async left(address: string, sinceMs: number): Promise<number> {
    return await this.#until(`"${address}" gets no more requests`, () => {
      const firsts = new Map<number, number>()
      for (const record of this.records) {
        const isMeant = record.address === address && record.atMs >= sinceMs && record.to !== 'healthy'
        if (isMeant && !firsts.has(record.worker)) firsts.set(record.worker, record.atMs)
      }
      return firsts
    })
  }

  /** Waits until each process has taken a target out, and all that was under way there is over. */
  async removed(address: string, sinceMs: number): Promise<number> {
    return await this.#until(`"${address}" has nothing under way`, () => {
      const removals = this.records.filter(
        (record) => record.address === address && record.atMs >= sinceMs && record.to === 'removed',
      )
      return new Map(removals.map(({ worker, atMs }) => [worker, atMs]))
    })
  }

  /** Waits until each process holds a target for healthy. @returns since when the last one does */
  async returned(address: string): Promise<number> {
    return await this.#until(`"${address}" is healthy`, () => {
      const lasts = new Map<number, number>()
      for (const record of this.records) {
        if (record.address !== address) continue
        if (record.to === 'healthy') lasts.set(record.worker, record.atMs)
        else lasts.delete(record.worker)
      }
      return lasts
    })
  }

  /** Whether any process held a target for other than healthy at some time between two. */
  wasOut(address: string, fromMs: number, toMs: number): boolean {
    const outSince = new Map<number, number>()
    for (const record of this.records) {
      if (record.address !== address || record.atMs > toMs) continue
      if (record.to !== 'healthy') outSince.set(record.worker, record.atMs)
      else if (outSince.has(record.worker)) {
        if (record.atMs >= fromMs) return true
        outSince.delete(record.worker)
      }
    }
    return outSince.size > 0
  }

  /** Waits until every process has a time. @returns the latest */
  async #until(what: string, timesByWorker: () => ReadonlyMap<number, number>): Promise<number> {
    return await within(MAX_WAIT_MS, what, this.#allOf(timesByWorker))
  }

  async #allOf(timesByWorker: () => ReadonlyMap<number, number>): Promise<number> {
    for (;;) {
      const times = timesByWorker()
      if (times.size === this.#workers) return Math.max(...times.values())
      await new Promise<void>((resolve) => this.#waiters.push(resolve))
    }
  }
}
