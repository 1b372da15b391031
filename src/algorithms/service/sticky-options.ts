import type { MessageStart } from '../../events.ts'

/** How long something is remembered for each key, and for how many. */
interface StickyMemory {
  /** A key that has not been seen for this time is forgotten. 0 never. @default 3,600,000 */
  readonly ttlMs?: number | undefined
  /** Beyond it the least recently used key is forgotten. @default 65,536 */
  readonly maxKeys?: number | undefined
}

/** All requests of a client connection go to one target. */
export interface StickyByConnection {
  readonly by: 'connection'
}

/**
 * By a cookie that the proxy issues. It is signed, so no client can choose its target; every process that has the secret
 * understands it, also after a restart and at the edge.
 */
export interface StickyByCookie {
  readonly by: 'cookie'
  /** @default 'sluice-target' */
  readonly name?: string | undefined
  /** The first one signs, all are accepted: put a new one in front, and take the old one out after `ttlMs`. 16 characters or more. */
  readonly secrets: readonly string[]
  /** After this time a client may get another target; renewed when half of it is over. 0: until the browser closes. @default 0 */
  readonly ttlMs?: number | undefined
  /** @default '/' */
  readonly path?: string | undefined
  /** @default the host that the client asked for */
  readonly domain?: string | undefined
  /** Only over TLS. @default false */
  readonly secure?: boolean | undefined
  /** Not for scripts of the page. @default true */
  readonly httpOnly?: boolean | undefined
  /** @default 'Lax' */
  readonly sameSite?: 'Strict' | 'Lax' | 'None' | undefined
  /** Writes the target's address into the cookie, for those who look for errors. @default false: a code in its place */
  readonly revealsAddress?: boolean | undefined
  /** The time of day in milliseconds since 1970. @default Date.now */
  readonly now?: (() => number) | undefined
}

/** By the value of a request's header field: a session, a tenant. */
export interface StickyByHeader extends StickyMemory {
  readonly by: 'header'
  readonly name: string
}

/** By the client's IP address. */
export interface StickyByAddress extends StickyMemory {
  readonly by: 'address'
}

/** By what a function says of a request. */
export interface StickyByFunction extends StickyMemory {
  /** The key of a request; undefined or an empty text sticks to nothing. `context` is that of its session. */
  by(request: MessageStart, context: object): string | undefined | Promise<string | undefined>
}

/**
 * How the requests of a client are kept on one target. A client that came to a backup, a target of a higher `priority`, stays
 * there for as long as that serves, as with cookies of HAProxy and stateful sessions of Envoy; new clients go to the others as
 * soon as they can. Only a key that a keyed balancer places goes back at once, as with hashing in Envoy.
 */
export type StickyOptions = StickyByConnection | StickyByCookie | StickyByHeader | StickyByAddress | StickyByFunction
