import type { Head } from '../events.ts'
import { normalizePath } from './normalize-path.ts'
import { requestHost } from './request-host.ts'
import type { RoutedRequest } from './routed-request.ts'

/** What routes look at in a request's head. A path that was written another way becomes the one that is compared. */
export function readRoutedRequest(head: Head): RoutedRequest {
  const target = head.path ?? '/'
  const query = target.indexOf('?')
  const sent = query < 0 ? target : target.slice(0, query)
  const path = normalizePath(sent)
  if (path !== sent) head.path = query < 0 ? path : path + target.slice(query)
  let parameters: URLSearchParams | undefined
  return {
    method: head.method ?? 'GET',
    host: requestHost(head.headers.host),
    path,
    header: (name) => {
      const value = head.headers[name]
      return value === undefined || typeof value === 'string'
        ? value
        : Array.isArray(value)
          ? value.join(', ')
          : String(value)
    },
    query: (name) => {
      if (query < 0) return undefined
      parameters ??= new URLSearchParams(target.slice(query + 1))
      return parameters.get(name) ?? undefined
    },
  }
}
