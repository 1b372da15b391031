import type { ProxyFetchOptions } from './create-proxy-fetch.ts'

/** What a proxy may be told that is a handler of some framework. */
export interface ProxyHandlerOptions extends ProxyFetchOptions {
  /**
   * The beginning of the path that the application knows and the proxy does not: with `/api` the proxy gets `/api/users?all`
   * as `/users?all`. It is the whole of it from the first slash on, with whatever base the application has. A path that does
   * not begin so is left as it is. @default ''
   */
  readonly stripPrefix?: string
}

/** `R`, if it is variables of a proxy whose variables are `V`: TypeScript alone would let a function return others as well. */
export type KnownVariables<V, R> = R & Partial<V> & { readonly [K in Exclude<keyof R, keyof V>]: never }
