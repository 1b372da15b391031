import { ProxyError } from '../../errors.ts'
import type { Balancer } from '../balancers/balancer.ts'
import { type BalancerName, createBalancer } from '../balancers/create-balancer.ts'

/** The balancers of a service's levels, one for each: by a name, by a function, or the one object that was given. */
export class BalancerSource {
  readonly #service: string
  readonly #given: BalancerName | Balancer | (() => Balancer)
  readonly #used = new WeakSet<Balancer>()

  constructor(service: string, given: BalancerName | Balancer | (() => Balancer) = 'round-robin') {
    this.#service = service
    this.#given = given
  }

  /**
   * One that no level has yet.
   * @throws INVALID_ARGUMENT when there is no other one, or what a function gives is none
   */
  create(): Balancer {
    const given = this.#given
    if (typeof given === 'string') return createBalancer(given)
    const balancer = typeof given === 'function' ? given() : given
    if (typeof (balancer as Partial<Balancer> | null | undefined)?.pick !== 'function') {
      throw this.#refuse(`balancer gives "${String(balancer)}", expected a Balancer`)
    }
    if (this.#used.has(balancer)) {
      const expected = typeof given === 'function' ? 'a new one each time' : 'its name, or a function that makes one'
      const what = typeof given === 'function' ? 'gives the same object twice' : 'is an object'
      throw this.#refuse(
        `balancer ${what} ("${balancer.name}"), which cannot choose among targets of several priorities: expected ${expected}`,
      )
    }
    this.#used.add(balancer)
    return balancer
  }

  #refuse(state: string): ProxyError {
    return new ProxyError('INVALID_ARGUMENT', `Cannot balance service "${this.#service}": ${state}`)
  }
}
