import type { HostPattern } from './host-pattern.ts'
import type { PathPattern } from './path-pattern.ts'
import type { ValueCondition } from './value-condition.ts'

/**
 * One of the ways into a route: a route with two hosts and two paths has four rules. Conditions that are undefined hold
 * for every request.
 */
export interface RouteRule {
  /** The name of the route. */
  readonly route: string
  /** The route's place in the configuration, from 0. */
  readonly index: number
  readonly priority: number
  readonly host: HostPattern | undefined
  readonly path: PathPattern | undefined
  readonly methods: readonly string[] | undefined
  readonly headers: readonly ValueCondition[]
  readonly query: readonly ValueCondition[]
}
