import type { Headers as HeadHeaders } from '../events.ts'

/**
 * The fields of a head as those of a Request or a Response.
 * @param isLeftOut tells which are not taken over, by lower-case name. @default none
 * @throws TypeError for a name or a value that no field can have
 */
export function toFetchHeaders(headers: HeadHeaders = {}, isLeftOut?: (name: string) => boolean): Headers {
  const result = new Headers()
  for (const name in headers) {
    if (isLeftOut?.(name) === true) continue
    const value = headers[name]
    if (Array.isArray(value)) for (const item of value) result.append(name, String(item))
    else if (value !== undefined) result.append(name, String(value))
  }
  return result
}
