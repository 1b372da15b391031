import type { ProxyError } from '../errors.ts'
import { Message } from '../events.ts'
import { createErrorMessage } from '../http/error-message.ts'

/** The answer that tells a client of an error: one without a target says which service it was. */
export function createServiceAnswer(error: ProxyError): Message {
  const message = createErrorMessage(error)
  return error.code === 'NO_TARGET' ? new Message(message.head, `${error.reason}: ${error.message}\n`) : message
}
