import { ProxyError } from '../errors.ts'
import type { MessageStart } from '../events.ts'

/** BODY_TOO_LARGE: of a request the client's fault, 413; of an answer the upstream's, 502. */
export function bodyTooLarge(start: MessageStart | undefined, maxBodyBytes: number): ProxyError {
  const isAnswer = start?.head?.status !== undefined
  const text = `Cannot collect the body of ${isAnswer ? 'an answer' : 'a message'}: it is longer than ${maxBodyBytes} bytes`
  return new ProxyError('BODY_TOO_LARGE', text, isAnswer ? { source: 'upstream' } : {})
}
