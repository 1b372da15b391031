import { ProxyError } from '../errors.ts'
import type { MessageHead } from '../http/message-head.ts'
import { requestTooLong } from './request-too-long.ts'

/** What a listener takes of what HTTP allows. */
export interface RequestRules {
  /** 0 is no limit. */
  readonly maxBodyBytes: number
  readonly allowTrace: boolean
  /** Whether somebody behind takes CONNECT. */
  readonly allowConnect: boolean
}

/**
 * Refuses a request by its head, before anything of it is passed on.
 * @throws METHOD_NOT_SUPPORTED (501), BODY_TOO_LARGE (413)
 */
export function checkRequest(head: MessageHead, rules: RequestRules): void {
  if (rules.maxBodyBytes > 0 && head.contentLength > rules.maxBodyBytes) throw requestTooLong(rules.maxBodyBytes)
  if (head.isConnect) checkConnect(head, rules)
  else if (!rules.allowTrace && head.method === 'TRACE') {
    throw new ProxyError('METHOD_NOT_SUPPORTED', 'Cannot take TRACE: it shows what proxies add to requests')
  }
}

function checkConnect(head: MessageHead, { allowConnect }: RequestRules): void {
  if (head.minorVersion === 0) {
    throw new ProxyError('METHOD_NOT_SUPPORTED', 'Cannot take CONNECT in HTTP/1.0: expected HTTP/1.1')
  }
  if (!allowConnect) {
    const text = `Cannot connect to "${head.path.slice(0, 200)}": no acceptHTTPTunnel found behind demuxHTTP, nor a forward with allowConnect`
    throw new ProxyError('METHOD_NOT_SUPPORTED', text)
  }
}
