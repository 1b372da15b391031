import type { PathPattern } from './path-pattern.ts'

/** What a template names that a pattern does not give; undefined when all is well. */
export function findUnknownParameter(template: string, pattern: PathPattern | undefined): string | undefined {
  const [path = ''] = template.split('?')
  const named = path.split('/').flatMap((segment) => (segment === '*' || /^:./.test(segment) ? [segment] : []))
  const given = pattern === undefined ? [] : namesOf(pattern)
  return named.find((name) => !given.includes(name))
}

function namesOf(pattern: PathPattern): string[] {
  if (pattern.kind === 'regex') return [...pattern.text.matchAll(/\(\?<([A-Za-z_]\w*)>/g)].map(([, name]) => `:${name}`)
  const names = pattern.segments.flatMap((segment) => ('parameter' in segment ? [`:${segment.parameter}`] : []))
  return pattern.isPrefix ? [...names, '*'] : names
}
