import { ProxyError } from '../../src/errors.ts'
import type { Address, Connection, ConnectOptions } from '../../src/transport.ts'
import { formatTarget } from './format-target.ts'
import { poolConnection, type PoolStub } from './pool-connection.ts'
import type { PoolStatistics } from './pool-statistics.ts'

/** Of a binding to a {@link SluicePool}: what is asked of it. */
export interface PoolNamespace<Id = unknown> {
  idFromName(name: string): Id
  get(id: Id): PoolStub & { statistics(): Promise<PoolStatistics> }
}

/** How a Worker uses its pool. */
export interface PoolClientOptions {
  /**
   * Objects for one target. An object runs on one thread in one place; more of them share the work, and each has
   * connections of its own. Which one takes a request is left to chance.
   * @default 1
   */
  readonly objectsPerTarget?: number
}

/** Names of objects that this isolate has used, for its statistics: the latest. */
const MAX_NAMES = 100
const usedNames = new Set<string>()

/** A Worker's side of the pool: connections through the object of each target. It is made for a request and ends with it. */
export class PoolClient {
  readonly #namespace: PoolNamespace
  readonly #objectsPerTarget: number

  /** @throws INVALID_ARGUMENT when `objectsPerTarget` is no whole number from 1 up */
  constructor(namespace: PoolNamespace, { objectsPerTarget = 1 }: PoolClientOptions = {}) {
    if (!Number.isInteger(objectsPerTarget) || objectsPerTarget < 1) {
      const state = `objectsPerTarget is "${objectsPerTarget}", expected a whole number from 1 up`
      throw new ProxyError('INVALID_ARGUMENT', `Cannot use the pool: ${state}`)
    }
    this.#namespace = namespace
    this.#objectsPerTarget = objectsPerTarget
  }

  /** Opens a connection for messages of HTTP/1.1. */
  connect(address: Address, { connectTimeoutMs }: ConnectOptions): Connection {
    return poolConnection(this.#stub(this.#chooseName(formatTarget(address))), address, connectTimeoutMs)
  }

  /** What the objects have counted that this isolate has used lately, by their names. One that does not answer tells why. */
  async statistics(): Promise<Record<string, PoolStatistics | { readonly error: string }>> {
    const entries = [...usedNames].map(async (name) => {
      try {
        return [name, await this.#stub(name).statistics()] as const
      } catch (error) {
        return [name, { error: String(error) }] as const
      }
    })
    return Object.fromEntries(await Promise.all(entries))
  }

  /** A target's first object has the target's name. */
  #chooseName(target: string): string {
    const i = this.#objectsPerTarget === 1 ? 0 : Math.floor(Math.random() * this.#objectsPerTarget)
    const name = i === 0 ? target : `${target}#${i}`
    usedNames.delete(name)
    usedNames.add(name)
    if (usedNames.size > MAX_NAMES) for (const oldest of [...usedNames].slice(0, -MAX_NAMES)) usedNames.delete(oldest)
    return name
  }

  #stub(name: string): ReturnType<PoolNamespace['get']> {
    return this.#namespace.get(this.#namespace.idFromName(name))
  }
}
