import type { Service } from '../../algorithms/service/service.ts'
import type { Target } from '../../algorithms/service/target.ts'
import type { Context, Inbound, Variables } from '../../engine/context.ts'
import type { MessageStart } from '../../events.ts'
import type { Sticky, StickyMark } from './sticky.ts'

interface ConnectionMark extends StickyMark {
  readonly client: Inbound | null
}

/** What is known of client connections, by service: several filters may send the requests of a connection to one. */
const TARGETS = new WeakMap<Service, WeakMap<Inbound, Target>>()

/** By client connection: what its first request got, all others get, for as long as it may get requests. */
export class ConnectionSticky implements Sticky {
  readonly #service: Service
  readonly #targets: WeakMap<Inbound, Target>

  constructor(service: Service) {
    this.#service = service
    this.#targets = TARGETS.get(service) ?? new WeakMap()
    TARGETS.set(service, this.#targets)
  }

  read(_start: MessageStart, { __inbound: client }: Context<Variables>): ConnectionMark {
    if (client === null) return { key: undefined, target: undefined, client }
    const known = this.#targets.get(client)
    // Noted before it is answered, so that requests that come together stay together.
    const target = known?.isServing === true ? known : this.#service.pick()
    if (target !== undefined) this.#targets.set(client, target)
    return { key: undefined, target, client }
  }

  stick(mark: StickyMark, target: Target): undefined {
    const { client } = mark as ConnectionMark
    if (client !== null && client !== undefined) this.#targets.set(client, target)
  }
}
