import type { Log } from '../engine/log.ts'
import { ProxyError } from '../errors.ts'

/**
 * The answer to a request that the proxy could not answer, for platforms that would turn a rejected promise into an error
 * page of their own: the error's status with a few words as plain text. What went wrong is written to the log, once: at
 * `error` when it is Sluice's or its user's, at `warn` when an upstream's, at `debug` when the client broke off or sent
 * something that cannot be taken.
 * @param error what the handler threw; anything that is no ProxyError is a 500
 */
export function answerFailure(error: unknown, request: Request, log: Log): Response {
  const failure = ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot answer')
  // Without the query, where secrets are kept.
  const { pathname } = new URL(request.url)
  const text = `Answering ${failure.status} to ${request.method} ${pathname}: ${failure.message}`
  if (request.signal.aborted || failure.source === 'downstream') log.debug(text)
  else if (failure.source === 'upstream') log.warn(text, failure)
  else log.error(text, failure)
  const { status, reason: statusText } = failure
  const body = request.method === 'HEAD' ? null : `${statusText}\n`
  return new Response(body, { status, statusText, headers: { 'content-type': 'text/plain' } })
}
