import type { Target } from '../algorithms/service/target.ts'
import type { InboundConnection } from '../engine/inbound-connection.ts'
import type { TargetVariables } from './forward-pool.ts'
import type { MuxHttpPosition } from './mux-http-position.ts'

/** What a client connection has of its own: the target that it stays with, and a key for its connections to each. */
interface Checkout {
  target: Target | undefined
  readonly keys: Map<Target, object>
}

/** Connections to targets that each belong to one client connection, for as long as the client stays. */
export class SessionCheckouts {
  readonly #connections: MuxHttpPosition<TargetVariables>
  readonly #checkouts = new WeakMap<InboundConnection, Checkout>()

  constructor(connections: MuxHttpPosition<TargetVariables>) {
    this.#connections = connections
  }

  /** The target that the client stays with; undefined before its first answer. */
  targetOf(client: InboundConnection): Target | undefined {
    return this.#checkouts.get(client)?.target
  }

  /** The client stays with the target that has answered it. */
  stick(client: InboundConnection, target: Target): void {
    this.#of(client).target = target
  }

  /** The key of the client's connections to a target: they close when it leaves. */
  keyOf(client: InboundConnection, target: Target): object {
    const { keys } = this.#of(client)
    let key = keys.get(target)
    if (key === undefined) {
      key = {}
      keys.set(target, key)
    }
    return key
  }

  #of(client: InboundConnection): Checkout {
    let checkout = this.#checkouts.get(client)
    if (checkout === undefined) {
      checkout = { target: undefined, keys: new Map() }
      this.#checkouts.set(client, checkout)
      const { keys } = checkout
      client.whenClosed(() => {
        for (const key of keys.values()) this.#connections.drain(key)
      })
    }
    return checkout
  }
}
