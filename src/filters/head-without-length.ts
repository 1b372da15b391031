import type { Head } from '../events.ts'
import { copyHead } from './copy-head.ts'

/** The head without a Content-Length: itself where it has none, otherwise a copy. */
export function headWithoutLength(head: Head): Head {
  if (head.headers?.['content-length'] === undefined) return head
  const copy = copyHead(head)
  delete copy.headers['content-length']
  return copy
}
