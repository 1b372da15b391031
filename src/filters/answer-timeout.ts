import { ProxyError } from '../errors.ts'

/** What an upstream gets when it lets a request wait: RESPONSE_TIMEOUT before its answer, BODY_TIMEOUT inside it. */
export function answerTimeout(hasBegun: boolean, timeoutMs: number): ProxyError {
  return hasBegun
    ? new ProxyError('BODY_TIMEOUT', `Cannot wait longer for the rest of the answer: nothing came for ${timeoutMs} ms`)
    : new ProxyError('RESPONSE_TIMEOUT', `Cannot wait longer for the upstream's answer: ${timeoutMs} ms are over`)
}
