import { ProxyError } from '../errors.ts'
import type { Head } from '../events.ts'
import { toFetchHeaders } from '../http/to-fetch-headers.ts'

/** What fetch forbids (https://fetch.spec.whatwg.org/#forbidden-method). */
const FORBIDDEN_METHODS: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK'])
const WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/**
 * A request's head and body as a Request. Its URL has the scheme http and the Host that the client named.
 * @throws METHOD_NOT_SUPPORTED for methods that fetch forbids, INVALID_HOST when Host and path make no URL
 */
export function createFetchRequest(head: Head, body: ReadableStream<Uint8Array>, signal: AbortSignal): Request {
  const { method = 'GET', path = '/', headers = {} } = head
  if (FORBIDDEN_METHODS.has(method.toUpperCase())) {
    throw new ProxyError('METHOD_NOT_SUPPORTED', `Cannot serve method "${method}": fetch does not allow it`)
  }
  const url = `http://${headers.host === undefined || headers.host === '' ? 'localhost' : headers.host}${path === '*' ? '/' : path}`
  if (!URL.canParse(url)) throw new ProxyError('INVALID_HOST', `Cannot serve "${url}": it is no URL`)
  const init = { method, headers: toFetchHeaders(headers), signal }
  // Half duplex: the runtime wants to be told that the answer may come before the body is over (fetch, RequestInit).
  return WITHOUT_BODY.has(method)
    ? new Request(url, init)
    : new Request(url, { ...init, body, duplex: 'half' } as RequestInit)
}
