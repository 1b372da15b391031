import type { BalancerTargets, BorrowedTarget, LoadBalancer } from '../algorithms/load-balancer.ts'
import type { UnhealthyTargets } from '../algorithms/selection/is-healthy.ts'
import { InboundConnection } from '../engine/inbound-connection.ts'
import type { ScriptScope } from './script-scope.ts'

/** A balancer's class, as scripts make instances of it. */
export type BalancerClass = new (targets?: BalancerTargets | null, unhealthy?: UnhealthyTargets | null) => LoadBalancer

/**
 * A balancer's class as scripts see it: `next` without a borrower borrows for the client's connection (`__inbound`),
 * which gives back what it has when it closes. In tasks there is none, and nothing is borrowed. `borrow` is `next`.
 */
export function createScriptBalancer(balancer: BalancerClass, scope: ScriptScope): BalancerClass {
  return class extends balancer {
    readonly #borrowers = new WeakSet<InboundConnection>()

    override next(borrower?: object | null, key?: unknown, unhealthy?: UnhealthyTargets | null): BorrowedTarget | null {
      if (borrower !== undefined && borrower !== null) return super.next(borrower, key, unhealthy)
      const inbound = scope.context['__inbound'] as object | null
      const borrowed = super.next(inbound, key, unhealthy)
      if (inbound instanceof InboundConnection) this.#releaseWhenClosed(inbound)
      return borrowed
    }

    borrow(borrower?: object | null, key?: unknown, unhealthy?: UnhealthyTargets | null): BorrowedTarget | null {
      return this.next(borrower, key, unhealthy)
    }

    #releaseWhenClosed(inbound: InboundConnection): void {
      if (this.#borrowers.has(inbound)) return
      this.#borrowers.add(inbound)
      inbound.whenClosed(() => this.release(inbound))
    }
  }
}
