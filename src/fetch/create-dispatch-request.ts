import { type ErrorCode, ProxyError } from '../errors.ts'
import type { Headers as HeadHeaders } from '../events.ts'
import { isHopByHop } from '../http/hop-by-hop.ts'
import type { ParsedHead } from '../http/parsed-head.ts'
import type { DispatchTarget } from './dispatch-target.ts'
import type { FieldText } from './field-text.ts'

/** Dot segments, plain or encoded: a URL resolves them, so that another path would be asked for. */
const RESOLVED_BY_URLS = /\\|\/(?:\.|%2e){1,2}(?:[/?]|$)/i
const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': ':80', 'https:': ':443' }
/** Those that every runtime sends as they are. */
const USUAL_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
const INSTEAD = 'a target "tcp://host:port" takes it'

/** A request that can be fetched: where, and how but for its body and its signal. */
export interface DispatchRequest {
  readonly url: string
  readonly method: string
  readonly headers: Headers
}

/**
 * Says a request in the words of fetch.
 * @throws METHOD_NOT_SUPPORTED for a method that fetch refuses or changes, a body of GET or HEAD, `*`, an upgrade to
 * something else than WebSocket, and an Expect of anything else than 100-continue; INVALID_TARGET for a Host that is
 * neither the client's nor the target's, and for a path that URLs change
 */
export function createDispatchRequest(head: ParsedHead, target: DispatchTarget, text: FieldText): DispatchRequest {
  const { method, path, upgrade } = head
  checkMethod(head)
  const isWebSocket = upgrade.toLowerCase() === 'websocket'
  if (upgrade !== '' && !isWebSocket) throw refused('METHOD_NOT_SUPPORTED', `an upgrade to ${quote(upgrade)}`)
  if (!path.startsWith('/')) throw refused('METHOD_NOT_SUPPORTED', `${method} of ${quote(path)}`)
  if (RESOLVED_BY_URLS.test(path.replace(/\?.*/s, '?'))) throw refused('INVALID_TARGET', `path ${quote(path)} as it is`)
  const { host } = head
  const { origin = `http://${host === undefined || host === '' ? 'localhost' : host}` } = target
  const url = `${origin}${path}`
  if (target.origin !== undefined) checkHost(host, target)
  else if (!URL.canParse(url)) throw refused('INVALID_TARGET', `Host ${quote(host ?? '')}`)
  const fields = head.toHead().headers
  if (fields['expect'] !== undefined && !head.expectsContinue) {
    throw refused('METHOD_NOT_SUPPORTED', `Expect ${quote(String(fields['expect']))}`)
  }
  const headers = toFetchHeaders(fields, text)
  if (head.contentLength > 0) headers.set('content-length', String(head.contentLength))
  if (isWebSocket) askForWebSocket(headers)
  return { url, method, headers }
}

function checkMethod({ method, isConnect, contentLength, isChunked }: ParsedHead): void {
  const hasBody = contentLength > 0 || isChunked
  if ((method === 'GET' || method === 'HEAD') && hasBody) throw refused('METHOD_NOT_SUPPORTED', `${method} with a body`)
  if (USUAL_METHODS.has(method)) return
  // TRACE passes in some runtimes, which is against the standard, and fails later in others.
  if (isConnect || method === 'TRACE') throw refused('METHOD_NOT_SUPPORTED', `method "${method}"`)
  try {
    if (new Request('http://localhost/', { method }).method === method) return
  } catch {
    throw refused('METHOD_NOT_SUPPORTED', `method ${quote(method)}`)
  }
  throw refused('METHOD_NOT_SUPPORTED', `method ${quote(method)} in this spelling`)
}

/** The Host that is sent is the URL's: one that a script has set would be lost without a word. */
function checkHost(host: string | undefined, { origin = '', clientHost }: DispatchTarget): void {
  if (host === undefined || host === '' || clientHost === undefined) return
  const given = host.toLowerCase()
  if (given === clientHost.toLowerCase()) return
  const { protocol, host: own } = new URL(origin)
  if (given === own || given === own + (DEFAULT_PORTS[protocol] ?? '')) return
  throw refused('INVALID_TARGET', `a Host of its own, ${quote(host)}`)
}

/** The rest of the handshake is the runtime's own affair (RFC 6455 4.1), but for the protocols to choose from. */
function askForWebSocket(headers: Headers): void {
  for (const name of ['key', 'version', 'extensions']) headers.delete(`sec-websocket-${name}`)
  headers.set('upgrade', 'websocket')
}

function toFetchHeaders(headers: HeadHeaders, text: FieldText): Headers {
  const result = new Headers()
  for (const name in headers) {
    if (isHopByHop(name) || name === 'host' || name === 'content-length' || name === 'expect') continue
    const value = headers[name]
    if (Array.isArray(value)) for (const item of value) result.append(name, text.toHeaders(String(item)))
    else if (value !== undefined) result.append(name, text.toHeaders(String(value)))
  }
  return result
}

function refused(code: ErrorCode, what: string): ProxyError {
  return new ProxyError(code, `Cannot send ${what} by fetch: ${INSTEAD}`)
}

function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)
}
