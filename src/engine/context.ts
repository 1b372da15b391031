/** The variables given to `pipy({...})`, by name. */
export type Variables = object

/** The client's connection, as callbacks see it in `__inbound`. */
export interface Inbound {
  /** Counts from 1 in each process. */
  readonly id: number
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
}

/** The variables of one session, and the client connection that it belongs to; null in tasks. */
export type Context<V = Variables> = V & { readonly __inbound: Inbound | null }

/**
 * A new context with the initial values. It is a plain object: all contexts of a proxy share one hidden class, and
 * both this and the copy that demux and mux make are a single clone of it.
 */
export function createContext<V>(variables: V, inbound: Inbound | null): Context<V> {
  return { ...variables, __inbound: inbound }
}
