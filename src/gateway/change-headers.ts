import type { Headers } from '../events.ts'

/** What a route changes in the fields of a message, with the values of the variables that it names. */
export interface HeaderChanges {
  readonly set?: Readonly<Record<string, string>> | undefined
  readonly remove?: readonly string[] | undefined
}

/** Takes fields out and sets others, as a route says. */
export function changeHeaders(headers: Headers, changes: HeaderChanges): void {
  for (const name of changes.remove ?? []) delete headers[name.toLowerCase()]
  for (const [name, value] of Object.entries(changes.set ?? {})) {
    const field = name.toLowerCase()
    headers[field] = field === 'set-cookie' ? [value] : value
  }
}
