import type { FilterRecipe } from './filter-recipe.ts'
import type { Variables } from './context.ts'

export interface ListenerOptions {
  /** Client connections at once; at the limit the next ones wait in the system's queue. @default unlimited */
  readonly maxConnections?: number
  /** Closes a connection on which nothing moves and no request is under way; 0 never. @default 60,000 */
  readonly idleTimeoutMs?: number
  /** TCP keep-alive probes. @default true */
  readonly keepAlive?: boolean
  /** Sends small answers at once (TCP_NODELAY). @default true */
  readonly noDelay?: boolean
  /**
   * Tells upstreams for whom a request is forwarded, and takes out what clients say about that. Without it these fields
   * pass as they come, and whatever they say was said by somebody: no upstream should believe them then.
   */
  readonly forwarded?: ForwardedOptions
}

/** What requests say about whom they are forwarded for, and who is believed. */
export interface ForwardedOptions {
  /**
   * `x-forwarded`: X-Forwarded-For, -Host and -Proto; `forwarded`: Forwarded (RFC 7239); or both.
   * @default 'x-forwarded'
   */
  readonly style?: 'x-forwarded' | 'forwarded' | 'both'
  /**
   * Addresses and networks of proxies in front (`10.0.0.0/8`, `::1`): what they say is kept and added to. What anybody
   * else says is replaced. @default none
   */
  readonly trustedProxies?: readonly string[]
}

/** What `listen` said. */
export interface ListenDefinition<V = Variables> {
  readonly host: string
  readonly port: number
  readonly options: ListenerOptions
  readonly filters: readonly FilterRecipe<V>[]
}

/** What `task` said. */
export interface TaskDefinition<V = Variables> {
  /** Time from one start to the next; undefined runs once. */
  readonly intervalMs: number | undefined
  readonly filters: readonly FilterRecipe<V>[]
}

/** A proxy as it was described, before it is built: plain data. */
export interface ProxyDefinition<V = Variables> {
  readonly variables: V
  readonly listeners: readonly ListenDefinition<V>[]
  readonly tasks: readonly TaskDefinition<V>[]
  readonly pipelines: ReadonlyMap<string, readonly FilterRecipe<V>[]>
}
