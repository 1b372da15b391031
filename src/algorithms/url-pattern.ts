import { ProxyError } from '../errors.ts'

/** A pattern in its parts. */
export interface UrlPattern {
  /** In lower case; of a wildcard host what follows `*.`; empty for any host. */
  readonly host: string
  readonly isWildcardHost: boolean
  /** Of a prefix what stands before the last `*`. */
  readonly path: string
  readonly isPrefix: boolean
}

const IPV6_HOST = /^\[[0-9a-f:.]+\]$/

/**
 * Reads a pattern of a URLRouter: `example.com/path`, `*.example.com/*`, `/path/*`.
 *
 * What Pipy accepts but never matches as it reads is refused, so that nobody waits for a rule that cannot work: a `*`
 * that is not the whole last segment (in Pipy it even hides other rules), a host that is nothing but `*`, a query.
 * @throws INVALID_ARGUMENT with the pattern and the mend
 */
export function parseUrlPattern(pattern: string): UrlPattern {
  const slash = typeof pattern === 'string' ? pattern.indexOf('/') : -1
  if (slash < 0) throw refuse(pattern, 'invalid URL pattern, expected a path such as "/*" behind the host')
  return { ...parseHost(pattern, pattern.slice(0, slash).toLowerCase()), ...parsePath(pattern, pattern.slice(slash)) }
}

function parseHost(pattern: string, host: string): Pick<UrlPattern, 'host' | 'isWildcardHost'> {
  if (host.includes(':') && !IPV6_HOST.test(host)) {
    throw refuse(pattern, 'invalid URL pattern, expected a host without a port: a rule is for every port')
  }
  if (!host.includes('*')) return { host, isWildcardHost: false }
  const domain = host.slice(2)
  if (host === '*') throw refuse(pattern, 'a host "*" fits nothing; leave the host out for any host')
  if (!host.startsWith('*.') || domain === '' || domain.includes('*')) {
    throw refuse(pattern, 'a "*" in a host is its whole first label, as in "*.example.com/*"')
  }
  return { host: domain, isWildcardHost: true }
}

function parsePath(pattern: string, path: string): Pick<UrlPattern, 'path' | 'isPrefix'> {
  if (path.includes('?')) throw refuse(pattern, 'a query is not looked at; leave it out')
  const isPrefix = path.endsWith('/*')
  const fixed = isPrefix ? path.slice(0, -1) : path
  if (fixed.includes('*')) throw refuse(pattern, 'a "*" in a path is its whole last segment, as in "/path/*"')
  return { path: fixed, isPrefix }
}

function refuse(pattern: unknown, state: string): ProxyError {
  return new ProxyError('INVALID_ARGUMENT', `Cannot add route "${String(pattern)}": ${state}`)
}
