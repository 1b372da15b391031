/** What a segment of a pattern takes: itself, or any one, under a name. */
export type PathSegment = { readonly text: string } | { readonly parameter: string }

/** A path condition, read. */
export type PathPattern =
  | {
      readonly kind: 'segments'
      /** As it was written. */
      readonly text: string
      readonly segments: readonly PathSegment[]
      /** It ends in `/*`: it takes what is below it, too. */
      readonly isPrefix: boolean
    }
  | { readonly kind: 'regex'; readonly text: string; readonly regex: RegExp }

/** What a path gave to the names of a pattern: parameters, and under `*` what a prefix left over. */
export type PathParameters = Readonly<Record<string, string>>

/** What a path condition is written as. */
export type PathCondition = string | { readonly regex: string }

const PARAMETER = /^[A-Za-z_]\w*$/

/**
 * Reads a path condition: `/exact`, `/prefix/*`, `/users/:id`, or `{ regex }`, which has to fit the whole path.
 * @returns the pattern, or what is wrong with it
 */
export function readPathPattern(condition: PathCondition): PathPattern | string {
  return typeof condition === 'string' ? readSegments(condition) : readRegex(condition.regex)
}

function readSegments(text: string): PathPattern | string {
  if (!text.startsWith('/')) return 'expected a path that begins with "/"'
  if (/[?#]/.test(text)) return 'a query is not looked at; leave it out'
  if (/[^\x21-\x7e]/.test(text)) return 'expected it percent-encoded, as it is in requests'
  const isPrefix = text.endsWith('/*')
  const names = text.slice(1, isPrefix ? -2 : undefined).split('/')
  // Below the root there is everything; below `//` what begins with an empty segment.
  const segments = text === '/*' ? [] : names
  const known = new Set<string>()
  const read: PathSegment[] = []
  for (const name of segments) {
    if (name.includes('*')) return 'a "*" is the whole last segment, as in "/path/*"'
    if (name === '.' || name === '..') return `a segment "${name}" is resolved before paths are compared`
    if (!name.startsWith(':')) {
      read.push({ text: name })
      continue
    }
    const parameter = name.slice(1)
    if (!PARAMETER.test(parameter)) return `expected a name behind the ":" of segment "${name}"`
    if (known.has(parameter)) return `parameter ":${parameter}" stands in it twice`
    known.add(parameter)
    read.push({ parameter })
  }
  return { kind: 'segments', text, segments: read, isPrefix }
}

function readRegex(text: string): PathPattern | string {
  try {
    return { kind: 'regex', text: `/${text}/`, regex: new RegExp(`^(?:${text})$`, 'u') }
  } catch (error) {
    return (error as Error).message
  }
}
