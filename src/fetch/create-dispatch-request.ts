import { type ErrorCode, ProxyError } from '../errors.ts'
import type { Head } from '../events.ts'
import { isHopByHop } from '../http/hop-by-hop.ts'
import type { SentMessageStart } from '../http/sent-message-start.ts'
import { toFetchHeaders } from '../http/to-fetch-headers.ts'
import type { DispatchTarget } from './dispatch-target.ts'
import { RequestHead } from './request-head.ts'

/** Dot segments, plain or encoded: a URL resolves them, so that another path would be asked for. */
const RESOLVED_BY_URLS = /\\|\/(?:\.|%2e){1,2}(?:[/?]|$)/i
const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': ':80', 'https:': ':443' }
/** Those that every runtime sends as they are. */
const USUAL_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
/** Of the fields that came, those that a runtime does not hide. */
const NOT_FORWARDED = ['host', 'expect', 'proxy-connection', 'http2-settings'] as const
const INSTEAD = 'a target "tcp://host:port" takes it'

/** A request that can be fetched, but for its body and its signal. */
export interface DispatchRequest {
  /** @throws METHOD_NOT_SUPPORTED for a body of GET or HEAD */
  toRequest(body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | undefined, signal: AbortSignal): Request
}

/**
 * Says a request in the words of fetch.
 * @throws METHOD_NOT_SUPPORTED for a method that fetch refuses or changes, a body of GET or HEAD, `*`, an upgrade to
 * something else than WebSocket, and an Expect of anything else than 100-continue; INVALID_TARGET for a Host that is
 * neither the client's nor the target's, and for a path that URLs change
 */
export function createDispatchRequest(start: SentMessageStart, target: DispatchTarget): DispatchRequest {
  const { settings, contentLength, source } = start
  const came = source instanceof RequestHead ? source : undefined
  const isAsItCame = came !== undefined && (!start.isHeadRead || came.isUnchanged(start.head))
  const { method = 'GET', path = '/', host } = isAsItCame ? came : readHead(start.head)
  checkMethod(method, contentLength > 0)
  const isWebSocket = settings.upgrade.toLowerCase() === 'websocket'
  if (settings.upgrade !== '' && !isWebSocket)
    throw refused('METHOD_NOT_SUPPORTED', `an upgrade to ${quote(settings.upgrade)}`)
  if (!path.startsWith('/')) throw refused('METHOD_NOT_SUPPORTED', `${method} of ${quote(path)}`)
  // The path of a Request is one that URLs leave alone.
  if (!isAsItCame && RESOLVED_BY_URLS.test(path.replace(/\?.*/s, '?')))
    throw refused('INVALID_TARGET', `path ${quote(path)} as it is`)
  const { origin = `http://${host === undefined || host === '' ? 'localhost' : host}` } = target
  const url = `${origin}${path}`
  if (target.origin === undefined) {
    if (!URL.canParse(url)) throw refused('INVALID_TARGET', `Host ${quote(host ?? '')}`)
  } else if (!isAsItCame) checkHost(host, came?.host, target)
  const isNativeFit = isAsItCame && !came.hasUnknownLength && target.hidesHopByHop === true
  const headers = isNativeFit ? came.native : toFetchHeaders(start.head.headers, isLeftOut)
  const via = came !== undefined && settings.via !== '' ? `1.1 ${settings.via}` : ''
  return {
    toRequest: (body, signal) => {
      if (body !== undefined) checkMethod(method, true)
      const isStream = body instanceof ReadableStream
      const init = {
        method,
        headers,
        signal,
        redirect: 'manual' as const,
        // Half duplex: the answer may come before the body is over (WHATWG fetch, RequestInit).
        ...(isStream ? { duplex: 'half' } : {}),
      }
      const request = new Request(url, body === undefined ? init : { ...init, body })
      if (isNativeFit) for (const name of NOT_FORWARDED) request.headers.delete(name)
      else if (contentLength > 0) request.headers.set('content-length', String(contentLength))
      if (via !== '') request.headers.append('via', via)
      if (isWebSocket) askForWebSocket(request.headers)
      return request
    },
  }
}

/** @throws what a script's Expect is refused with */
function readHead({ method, path, headers }: Head): { method?: string; path?: string; host?: string } {
  const expect = headers?.['expect']
  if (expect !== undefined && String(expect).toLowerCase() !== '100-continue')
    throw refused('METHOD_NOT_SUPPORTED', `Expect ${quote(String(expect))}`)
  return { method, path, host: headers?.host } as { method?: string; path?: string; host?: string }
}

function checkMethod(method: string, hasBody: boolean): void {
  if ((method === 'GET' || method === 'HEAD') && hasBody) throw refused('METHOD_NOT_SUPPORTED', `${method} with a body`)
  if (USUAL_METHODS.has(method)) return
  // TRACE passes in some runtimes, which is against the standard, and fails later in others.
  if (method === 'CONNECT' || method === 'TRACE') throw refused('METHOD_NOT_SUPPORTED', `method "${method}"`)
  try {
    if (new Request('http://localhost/', { method }).method === method) return
  } catch {
    throw refused('METHOD_NOT_SUPPORTED', `method ${quote(method)}`)
  }
  throw refused('METHOD_NOT_SUPPORTED', `method ${quote(method)} in this spelling`)
}

/** The Host that is sent is the URL's: one that a script has set would be lost without a word. */
function checkHost(
  host: string | undefined,
  came: string | undefined,
  { origin = '', clientHost }: DispatchTarget,
): void {
  const client = came ?? clientHost
  if (host === undefined || host === '' || client === undefined) return
  const given = host.toLowerCase()
  if (given === client.toLowerCase()) return
  const { protocol, host: own } = new URL(origin)
  if (given === own || given === own + (DEFAULT_PORTS[protocol] ?? '')) return
  throw refused('INVALID_TARGET', `a Host of its own, ${quote(host)}`)
}

/** The rest of the handshake is the runtime's own affair (RFC 6455 4.1), but for the protocols to choose from. */
function askForWebSocket(headers: Headers): void {
  for (const name of ['key', 'version', 'extensions']) headers.delete(`sec-websocket-${name}`)
  headers.set('upgrade', 'websocket')
}

function isLeftOut(name: string): boolean {
  return isHopByHop(name) || name === 'host' || name === 'content-length' || name === 'expect'
}

function refused(code: ErrorCode, what: string): ProxyError {
  return new ProxyError(code, `Cannot send ${what} by fetch: ${INSTEAD}`)
}

function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)
}
