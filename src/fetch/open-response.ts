import { isHopByHop } from '../http/hop-by-hop.ts'
import { lengthMismatch } from '../http/length-mismatch.ts'
import type { SentMessageStart } from '../http/sent-message-start.ts'
import type { DispatchTarget } from './dispatch-target.ts'
import { PassingBody } from './passing-body.ts'
import { RequestHead } from './request-head.ts'
import { ResponseHead } from './response-head.ts'

/** A Response as an answer. */
export interface OpenedResponse {
  readonly head: ResponseHead
  /** Undefined when there is none, whatever the head says (RFC 9110 6.4.1). */
  readonly body: ReadableStream<Uint8Array> | undefined
}

/**
 * Makes an answer of a Response. The fields stay as the runtime has them, unless they say something that no longer holds.
 * @param isPersistent whether another request may follow
 * @throws LENGTH_MISMATCH when there is no body for the length that is told
 */
export function openResponse(
  response: Response,
  asked: SentMessageStart,
  target: DispatchTarget,
  isPersistent: boolean,
): OpenedResponse {
  const { status, body } = response
  const { isDecoding = false, passBody } = target
  const isClean = target.hidesHopByHop === true && !isDecoding && !response.headers.has('proxy-connection')
  const native = isClean ? response.headers : cleanHeaders(response, isDecoding)
  // RFC 9110 8.6: these tell the length that there would be.
  const isBodiless = asked.method === 'HEAD' || status === 304
  const isEmpty = body === null || status === 204 || status === 205
  const hasBody = !isBodiless && !isEmpty
  const length = new ResponseHead(response, { native }).contentLength
  if (!hasBody && !isBodiless && status !== 204 && length > 0) throw lengthMismatch(length, 'upstream')
  const canPass = hasBody && asked.source instanceof RequestHead && asked.source.canPassBodies
  const offered = canPass && passBody !== undefined ? new PassingBody(body, length, passBody) : undefined
  const isNothing = !hasBody && !isBodiless && status !== 204
  const contentLength = isNothing ? 0 : undefined
  const head = new ResponseHead(response, { native, body: offered, isPersistent, contentLength })
  return { head, body: hasBody ? body : undefined }
}

function cleanHeaders({ headers, body }: Response, isDecoding: boolean): Headers {
  const clean = new Headers(headers)
  for (const [name] of headers) if (isHopByHop(name)) clean.delete(name)
  if (isDecoding && body !== null && clean.has('content-encoding')) {
    clean.delete('content-encoding')
    clean.delete('content-length')
  }
  return clean
}
