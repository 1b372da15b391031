import type { PathPattern, PathSegment } from './path-pattern.ts'
import type { RouteRule } from './route-rule.ts'

/** The order of rules without its last step, see compareRules: 0 when nothing but the place in the configuration decides. */
export function compareRanks(a: RouteRule, b: RouteRule): number {
  return (
    b.priority - a.priority ||
    rankOfHost(b) - rankOfHost(a) ||
    comparePaths(a.path, b.path) ||
    Number(b.methods !== undefined) - Number(a.methods !== undefined) ||
    b.headers.length - a.headers.length ||
    b.query.length - a.query.length
  )
}

function rankOfHost({ host }: RouteRule): number {
  if (host === undefined) return 0
  return host.isWildcard ? 1 : 2
}

function comparePaths(a: PathPattern | undefined, b: PathPattern | undefined): number {
  if (a?.kind !== 'segments' || b?.kind !== 'segments') return rankOfKind(b) - rankOfKind(a)
  const shared = Math.min(a.segments.length, b.segments.length)
  for (let i = 0; i < shared; i++) {
    const difference = rankOfSegment(b.segments[i]) - rankOfSegment(a.segments[i])
    if (difference !== 0) return difference
  }
  const difference = b.segments.length - a.segments.length
  return difference !== 0 ? difference : Number(a.isPrefix) - Number(b.isPrefix)
}

function rankOfKind(pattern: PathPattern | undefined): number {
  if (pattern === undefined) return 0
  return pattern.kind === 'regex' ? 1 : 2
}

function rankOfSegment(segment: PathSegment | undefined): number {
  return segment !== undefined && 'text' in segment ? 1 : 0
}
