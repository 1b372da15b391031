import { PathRoutes } from './path-routes.ts'
import { parseUrlPattern } from './url-pattern.ts'

const SLASH = 47
const CLOSING_BRACKET = 93

/**
 * Finds the value of the rule that fits a host and a path (Pipy's `algo.URLRouter`).
 *
 * A pattern is a host and a path: `example.com/hi/*`. An empty host fits every host; `*.example.com` fits one label
 * more. A path that ends in the segment `*` fits itself and everything below it, in whole segments; any other path fits
 * exactly. Rules are tried from the particular to the general: the exact host, the wildcard host, no host; and within
 * each the exact path, then the longest prefix. Hosts are compared without regard to case (RFC 9110 4.2.3), which is
 * the one difference from Pipy. What a search costs does not depend on the number of rules.
 */
export class URLRouter<T> {
  readonly #anyHost = new PathRoutes<T>()
  readonly #hosts = new Map<string, PathRoutes<T>>()
  /** By what follows the `*.` in the pattern. */
  readonly #wildcardHosts = new Map<string, PathRoutes<T>>()

  /**
   * @param rules values by pattern
   * @throws INVALID_ARGUMENT for a pattern that could not match as it reads
   */
  constructor(rules?: Readonly<Record<string, T>> | null) {
    for (const [pattern, value] of Object.entries(rules ?? {})) this.add(pattern, value)
  }

  /**
   * Adds a rule. A rule with the same pattern is replaced.
   * @throws INVALID_ARGUMENT as the constructor does
   */
  add(pattern: string, value: T): void {
    const { host, isWildcardHost, path, isPrefix } = parseUrlPattern(pattern)
    const routes = host === '' ? this.#anyHost : routesOf(isWildcardHost ? this.#wildcardHosts : this.#hosts, host)
    if (isPrefix) routes.addPrefix(path, value)
    else routes.addExact(path, value)
  }

  /**
   * Finds the value for a URL that is given in pieces: usually `find(msg.head.headers.host, msg.head.path)`. Missing
   * pieces are skipped, the others are joined with exactly one `/` in between. A port and a query do not matter.
   * @returns undefined when no rule fits; no text makes it throw
   */
  find(host?: string | null, path?: string | null, ...more: readonly (string | null | undefined)[]): T | undefined {
    // The usual call does not even make the string of both.
    const isUsual = more.length === 0 && typeof host === 'string' && typeof path === 'string'
    if (isUsual && path.charCodeAt(0) === SLASH && !host.includes('/')) return this.#find(host, path)
    const url = join(host, path, more)
    const slash = url.indexOf('/')
    return slash < 0 ? undefined : this.#find(url.slice(0, slash), url.slice(slash))
  }

  #find(authority: string, target: string): T | undefined {
    const query = target.indexOf('?')
    const path = query < 0 ? target : target.slice(0, query)
    const route = this.#findByHost(authority, path) ?? this.#anyHost.find(path)
    return route?.value
  }

  #findByHost(authority: string, path: string): { readonly value: T } | undefined {
    if (this.#hosts.size === 0 && this.#wildcardHosts.size === 0) return undefined
    const host = withoutPort(authority).toLowerCase()
    const route = this.#hosts.get(host)?.find(path)
    if (route !== undefined || this.#wildcardHosts.size === 0) return route
    const dot = host.indexOf('.')
    return dot > 0 ? this.#wildcardHosts.get(host.slice(dot + 1))?.find(path) : undefined
  }
}

function routesOf<T>(routesByHost: Map<string, PathRoutes<T>>, host: string): PathRoutes<T> {
  let routes = routesByHost.get(host)
  if (routes === undefined) routesByHost.set(host, (routes = new PathRoutes()))
  return routes
}

/** The last colon separates the port, unless it stands inside an IPv6 address: `[::1]`. */
function withoutPort(authority: string): string {
  const colon = authority.lastIndexOf(':')
  const hasPort = colon >= 0 && authority.charCodeAt(authority.length - 1) !== CLOSING_BRACKET
  return hasPort ? authority.slice(0, colon) : authority
}

function join(first: unknown, second: unknown, more: readonly unknown[]): string {
  let url = ''
  for (const piece of [first, second, ...more]) {
    if (piece === undefined || piece === null) continue
    const text = String(piece)
    if (url === '') url = text
    else if (!url.endsWith('/')) url += text.startsWith('/') ? text : `/${text}`
    else url += text.startsWith('/') ? text.slice(1) : text
  }
  return url
}
