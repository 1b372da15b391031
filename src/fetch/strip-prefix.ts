/**
 * A request as it would be without the first segments of its path: `/api/users?all` without `/api` is `/users?all`, and
 * `/api` itself is `/`. Segments are compared whole and decoded, as frameworks match them: `/apis` has no prefix `/api`,
 * `/%61pi` has.
 * @returns the request itself when its path does not begin so
 */
export function stripPrefix(request: Request, prefix: string): Request {
  const url = new URL(request.url)
  const wanted = prefix.split('/').filter((segment) => segment !== '')
  const [, ...segments] = url.pathname.split('/')
  if (!wanted.every((segment, i) => segments[i] === segment || decode(segments[i]) === decode(segment))) return request
  url.pathname = `/${segments.slice(wanted.length).join('/')}`
  const { method, headers, body, signal } = request
  // One by one: Workers leave the signal behind when a request is made from another. Half duplex: the runtime wants to be told
  // that the answer may come before the body is over (fetch, RequestInit).
  return new Request(url.href, { method, headers, body, signal, redirect: 'manual', duplex: 'half' } as RequestInit)
}

function decode(segment: string | undefined): string | undefined {
  try {
    return segment === undefined ? undefined : decodeURIComponent(segment)
  } catch {
    // Not in UTF-8: it is only what it is.
    return segment
  }
}
