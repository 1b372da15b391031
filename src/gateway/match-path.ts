import type { PathParameters, PathPattern } from './path-pattern.ts'

const NO_PARAMETERS: PathParameters = {}

/**
 * Fits a path to a pattern, in whole segments and with regard to case. `/users/*` takes `/users` and all below it; a
 * parameter takes one segment that is not empty.
 * @param path normalized, without its query
 * @returns what it gave to the pattern's names; undefined when it does not fit
 */
export function matchPath(pattern: PathPattern, path: string): PathParameters | undefined {
  if (pattern.kind === 'regex') {
    const found = pattern.regex.exec(path)
    return found === null ? undefined : definedGroups(found.groups)
  }
  if (!path.startsWith('/')) return undefined
  let parameters: Record<string, string> | undefined
  // Where the next segment begins; beyond the end when there is none.
  let start = 1
  for (const segment of pattern.segments) {
    if (start > path.length) return undefined
    const slash = path.indexOf('/', start)
    const end = slash < 0 ? path.length : slash
    if ('text' in segment) {
      if (end - start !== segment.text.length || !path.startsWith(segment.text, start)) return undefined
    } else {
      if (end === start) return undefined
      // No prototype: a parameter may have any name.
      parameters ??= Object.create(null) as Record<string, string>
      parameters[segment.parameter] = path.slice(start, end)
    }
    start = end + 1
  }
  if (pattern.isPrefix) {
    parameters ??= Object.create(null) as Record<string, string>
    parameters['*'] = path.slice(start)
    return parameters
  }
  return start > path.length ? (parameters ?? NO_PARAMETERS) : undefined
}

function definedGroups(groups: Readonly<Record<string, string | undefined>> | undefined): PathParameters {
  const parameters = Object.create(null) as Record<string, string>
  for (const [name, value] of Object.entries(groups ?? {})) if (value !== undefined) parameters[name] = value
  return parameters
}
