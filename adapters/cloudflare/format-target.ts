import type { Address } from '../../src/transport.ts'

/** A target as `parseTarget` takes it. */
export function formatTarget({ scheme, host, port }: Address): string {
  if (scheme === 'binding') return `binding:${host}`
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`
  return scheme === undefined ? authority : `${scheme}://${authority}`
}
