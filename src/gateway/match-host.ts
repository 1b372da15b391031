import type { HostPattern } from './host-pattern.ts'

/** Whether a host, in lower case and without its port, is one that a pattern takes. */
export function matchHost({ isWildcard, name }: HostPattern, host: string): boolean {
  if (!isWildcard) return host === name
  const length = host.length - name.length
  return length > 0 && host.endsWith(name) && !host.slice(0, length).includes('.')
}
