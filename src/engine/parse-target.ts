import { ProxyError } from '../errors.ts'
import type { Address, TargetScheme } from '../transport.ts'
import { parseAddress } from './parse-address.ts'

/** The ports that URLs leave out; a `tcp` target names its own. */
const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 }

/**
 * Reads what a request can be sent to: `host:port`, `[v6]:port`, `http://host`, `https://host:port`, `tcp://host:port` or
 * `binding:NAME`. A URL's path is `/` or nothing: which path is asked for is the request's matter.
 * @throws INVALID_TARGET with the value quoted
 */
export function parseTarget(text: string): Address {
  const scheme = /^(?:(https?|tcp):\/\/|binding:)/.exec(text)
  if (scheme === null) return parseAddress(text)
  const rest = text.slice(scheme[0].length)
  if (scheme[1] === undefined) return readBinding(text, rest)
  return readUrl(text, scheme[1] as TargetScheme, rest.replace(/\/$/, ''))
}

function readBinding(text: string, name: string): Address {
  if (!/^[A-Za-z_]\w*$/.test(name)) throw refused(text, '"binding:NAME", the name as in wrangler.toml')
  return { scheme: 'binding', host: name, port: 0 }
}

function readUrl(text: string, scheme: TargetScheme, authority: string): Address {
  const port = DEFAULT_PORTS[scheme]
  const hasPort = /:\d+$/.test(authority)
  try {
    return { scheme, ...parseAddress(hasPort || port === undefined ? authority : `${authority}:${port}`) }
  } catch {
    throw refused(text, `"${scheme}://host${port === undefined ? ':port' : ' or host:port'}" and no path`)
  }
}

function refused(text: string, forms: string): ProxyError {
  return new ProxyError('INVALID_TARGET', `Cannot read target "${text}": expected ${forms}`)
}
