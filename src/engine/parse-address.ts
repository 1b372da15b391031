import { ProxyError } from '../errors.ts'
import type { Address } from '../transport.ts'

/**
 * Reads `host:port`, `[v6]:port` or a bare port.
 * @param defaultHost of a bare port; without it a host is required
 * @throws INVALID_TARGET with the value quoted; INVALID_ARGUMENT when there is a default host: that is for listening
 */
export function parseAddress(text: string, defaultHost?: string): Address {
  const colon = text.lastIndexOf(':')
  const port = readPort(text.slice(colon + 1))
  if (port === undefined) throw refused(text, defaultHost)
  if (colon < 0) {
    if (defaultHost === undefined) throw refused(text, defaultHost)
    return { host: defaultHost, port }
  }
  const host = readHost(text.slice(0, colon))
  if (host === undefined) throw refused(text, defaultHost)
  return { host, port }
}

function readPort(text: string): number | undefined {
  if (!/^\d{1,5}$/.test(text)) return undefined
  const port = Number(text)
  return port <= 65535 ? port : undefined
}

function readHost(text: string): string | undefined {
  const inBrackets = /^\[([0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(?:%[\w.-]+)?)\]$/.exec(text)
  if (inBrackets !== null) return inBrackets[1]
  return /^[\w.-]+$/.test(text) ? text : undefined
}

function refused(text: string, defaultHost: string | undefined): ProxyError {
  const [code, forms] =
    defaultHost === undefined
      ? (['INVALID_TARGET', '"host:port" or "[v6]:port"'] as const)
      : (['INVALID_ARGUMENT', 'a port, "host:port" or "[v6]:port"'] as const)
  return new ProxyError(code, `Cannot read address "${text}": expected ${forms}, port 0 to 65535`)
}
