import type { Address } from '../transport.ts'

/** `host:port`; an empty host is all addresses. */
export function formatAddress({ host, port }: Address): string {
  if (host === '') return `*:${port}`
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
