import { ProxyError } from '../errors.ts'
import { stripPrefix } from './strip-prefix.ts'

/**
 * The request that a proxy gets which is a handler in some application.
 * @param prefix as of `stripPrefix`; undefined leaves the path alone
 * @throws INVALID_ARGUMENT when the application has read the body, which is gone then
 */
export function proxiedRequest(request: Request, prefix: string | undefined): Request {
  if (request.bodyUsed) {
    throw new ProxyError(
      'INVALID_ARGUMENT',
      `Cannot send on the body of ${request.method} ${new URL(request.url).pathname}: it was read already; read a clone of the request`,
    )
  }
  return prefix === undefined ? request : stripPrefix(request, prefix)
}
