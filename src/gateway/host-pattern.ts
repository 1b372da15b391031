/** A host condition, read. */
export interface HostPattern {
  /** As it was written, in lower case. */
  readonly text: string
  readonly isWildcard: boolean
  /** Of a wildcard with the dot: `.example.com`. */
  readonly name: string
}

const NAME = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/
const IPV6 = /^\[[0-9a-f]*:[0-9a-f:.]*\]$/

/**
 * Reads a host condition: `example.com`, `[::1]`, or `*.example.com`, which takes one label more, as in certificates.
 * @returns the pattern, or what is wrong with it
 */
export function readHostPattern(condition: string): HostPattern | string {
  const text = condition.toLowerCase()
  if (text === '*') return 'a host "*" says nothing; leave the host out for any host'
  if (IPV6.test(text)) return { text, isWildcard: false, name: text }
  if (text.includes(':')) return 'expected a host without a port and a scheme: a route is for every port'
  const isWildcard = text.startsWith('*.')
  const name = isWildcard ? text.slice(2) : text
  if (name.includes('*')) return 'a "*" is the whole first label, as in "*.example.com"'
  if (!NAME.test(name)) return 'expected a host such as "example.com" or "*.example.com"'
  return { text, isWildcard, name: isWildcard ? `.${name}` : name }
}
