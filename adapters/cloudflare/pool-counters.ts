import { ResourcePool } from '../../src/algorithms/resource-pool.ts'
import type { Connection } from '../../src/transport.ts'
import type { PoolStatistics } from './pool-statistics.ts'

/** Counts what passes through a pool. */
export class PoolCounters {
  /** Connections that Workers have to the pool. */
  clients = 0
  /** A number for each connection that is open, so that as many numbers are made as were ever open at once. */
  readonly #numbers: ResourcePool<number, string>
  #peak = 0
  #created = 0
  #failed = 0
  #total = 0
  #underWay = 0

  constructor() {
    this.#numbers = new ResourcePool(() => ++this.#peak)
  }

  /** A request has come. */
  begin(): void {
    this.#total++
    this.#underWay++
  }

  /** A request is over, one way or the other. */
  end(): void {
    this.#underWay--
  }

  get statistics(): PoolStatistics {
    const reused = Math.max(0, this.#total - this.#created)
    return {
      connections: {
        open: this.#numbers.allocatedCount,
        peak: this.#peak,
        created: this.#created,
        failed: this.#failed,
      },
      requests: {
        total: this.#total,
        underWay: this.#underWay,
        reuseRatio: this.#total === 0 ? 0 : reused / this.#total,
      },
      clients: this.clients,
    }
  }

  /** Counts a connection to the target, from now to its end. */
  count(connection: Connection, target: string): void {
    this.#created++
    const number = this.#numbers.allocate(target)
    const free = (): void => this.#numbers.free(number)
    connection.closed.then(free, free)
    connection.opened?.catch(() => this.#failed++)
  }
}
