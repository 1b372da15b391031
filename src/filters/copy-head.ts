import type { Head, HeadInit } from '../events.ts'
import { createHeaders } from '../http/header-object.ts'

/** A copy of a head that can be changed without changing the original. */
export function copyHead(head: HeadInit): Head {
  const headers = createHeaders()
  for (const name in head.headers) {
    const value = head.headers[name]
    headers[name] = Array.isArray(value) ? (value as readonly string[]).slice() : value
  }
  return { ...head, headers }
}
