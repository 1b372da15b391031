import { ProxyError } from '../errors.ts'
import type { MessageStart } from '../events.ts'
import { MessageHead } from '../http/message-head.ts'

/** Interim answers to one request; they are passed on whether or not the client takes them. */
const MAX_INTERIM_ANSWERS = 64

/** Passes the interim answers to one request after the other on, which go past the answer itself (RFC 9110 15.2). */
export class InterimAnswers {
  #count = 0

  /** A request begins. */
  begin(): void {
    this.#count = 0
  }

  /** @throws MALFORMED_START_LINE when there are too many: an upstream may not go on like this for ever */
  pass(request: MessageStart | undefined, answer: MessageStart): void {
    if (++this.#count > MAX_INTERIM_ANSWERS) {
      const text = `Cannot wait for the answer: more than ${MAX_INTERIM_ANSWERS} interim ones came before it`
      throw new ProxyError('MALFORMED_START_LINE', text, { source: 'upstream' })
    }
    if (request?.source instanceof MessageHead) request.source.origin?.sendInterim(answer)
  }
}
