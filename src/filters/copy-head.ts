import { type Head, type HeadInit, type Headers, MessageStart } from '../events.ts'
import { createHeaders } from '../http/header-object.ts'

const LENGTH = 'content-length'

/** A copy of a head that can be changed without changing the original: for one that is output again and again. */
export function copyHead(head: HeadInit): Head {
  return { ...head, headers: copyHeaders(head.headers) }
}

/** The head without a Content-Length: itself where it has none, otherwise a copy. */
export function withoutLength(head: Head): Head {
  if (head.headers?.[LENGTH] === undefined) return head
  const headers = copyHeaders(head.headers)
  delete headers[LENGTH]
  return { ...head, headers }
}

/**
 * The same start for a body that is being changed on its way. A head that nobody has read stays unread. One that was
 * read is what scripts have made of it, and stays the same object unless it tells the length.
 */
export function startWithUnknownLength(start: MessageStart): MessageStart {
  const source = start.source?.withUnknownLength()
  return start.isHeadRead ? new MessageStart(withoutLength(start.head), source) : new MessageStart(undefined, source)
}

function copyHeaders(headers: Headers | undefined): Headers {
  const copy = createHeaders()
  for (const name in headers) {
    const value = headers[name]
    copy[name] = Array.isArray(value) ? (value as readonly string[]).slice() : value
  }
  return copy
}
