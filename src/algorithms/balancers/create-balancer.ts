import { ProxyError } from '../../errors.ts'
import type { Balancer } from './balancer.ts'
import { ConsistentHashBalancer } from './consistent-hash-balancer.ts'
import { LeastConnectionsBalancer } from './least-connections-balancer.ts'
import { LeastTimeBalancer } from './least-time-balancer.ts'
import { MaglevBalancer } from './maglev-balancer.ts'
import { PowerOfTwoBalancer } from './power-of-two-balancer.ts'
import { RandomBalancer } from './random-balancer.ts'
import { RendezvousBalancer } from './rendezvous-balancer.ts'
import { RoundRobinBalancer } from './round-robin-balancer.ts'

/** All balancers by name. A new one is a line here. */
const BALANCERS = {
  'round-robin': () => new RoundRobinBalancer(),
  random: () => new RandomBalancer(),
  'least-connections': () => new LeastConnectionsBalancer(),
  'power-of-two': () => new PowerOfTwoBalancer(),
  'least-time': () => new LeastTimeBalancer(),
  'consistent-hash': () => new ConsistentHashBalancer(),
  maglev: () => new MaglevBalancer(),
  rendezvous: () => new RendezvousBalancer(),
} as const satisfies Record<string, () => Balancer>

/** A balancer's name in options and configuration files. */
export type BalancerName = keyof typeof BALANCERS

/** The names that `createBalancer` knows. */
export const BALANCER_NAMES = Object.keys(BALANCERS) as readonly BalancerName[]

/** A new balancer by its name. Throws INVALID_ARGUMENT for a name that is none. */
export function createBalancer(name: BalancerName): Balancer {
  if (Object.hasOwn(BALANCERS, name)) return BALANCERS[name]()
  throw new ProxyError(
    'INVALID_ARGUMENT',
    `Cannot create balancer "${String(name)}": expected one of ${BALANCER_NAMES.join(', ')}`,
  )
}
