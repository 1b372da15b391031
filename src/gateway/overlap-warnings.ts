import { compareRanks } from './compare-ranks.ts'
import type { HostPattern } from './host-pattern.ts'
import { matchHost } from './match-host.ts'
import type { PathPattern } from './path-pattern.ts'
import { describeRule } from './describe-rule.ts'
import type { RouteRule } from './route-rule.ts'
import type { ValueCondition } from './value-condition.ts'

/** Something that is allowed, and hardly meant. */
export interface GatewayWarning {
  /** The place in the configuration of the route that it is about, from 0. */
  readonly index: number
  readonly text: string
}

/**
 * Finds routes that get in each other's way: a rule that no request reaches, because one before it takes all of its
 * requests, and two rules of which only the place in the configuration says which of them takes what both could.
 *
 * What it says is true; it does not find everything: two regexes are not compared, nor is a route that several others
 * cover together.
 * @param rules in their order
 */
export function findOverlapWarnings(rules: readonly RouteRule[]): GatewayWarning[] {
  const warnings: GatewayWarning[] = []
  rules.forEach((rule, i) => {
    const earlier = rules.slice(0, i).filter(({ index }) => index !== rule.index)
    const covering = earlier.find((other) => covers(other, rule))
    if (covering !== undefined) {
      const text = `no request reaches ${describeRule(rule)}: ${describeRule(covering)} comes first and takes all of its requests`
      warnings.push({ index: rule.index, text })
      return
    }
    const equal = earlier.find((other) => compareRanks(other, rule) === 0 && overlaps(other, rule))
    if (equal === undefined) return
    const text =
      `${describeRule(rule)} and ${describeRule(equal)} take some of the same requests, and nothing but their order ` +
      `in the configuration says that the latter gets them; set a priority`
    warnings.push({ index: rule.index, text })
  })
  return warnings
}

/** Each request that b takes, a takes as well. */
function covers(a: RouteRule, b: RouteRule): boolean {
  const methods = a.methods
  return (
    coversHost(a.host, b.host) &&
    coversPath(a.path, b.path) &&
    (methods === undefined || b.methods?.every((method) => methods.includes(method)) === true) &&
    a.headers.every((header) => b.headers.some((other) => isSame(header, other))) &&
    a.query.every((parameter) => b.query.some((other) => isSame(parameter, other)))
  )
}

function coversHost(a: HostPattern | undefined, b: HostPattern | undefined): boolean {
  if (a === undefined || a.text === b?.text) return true
  return b !== undefined && !b.isWildcard && matchHost(a, b.name)
}

function coversPath(a: PathPattern | undefined, b: PathPattern | undefined): boolean {
  if (a === undefined) return true
  if (a.kind === 'regex' || b?.kind !== 'segments') return a.kind === b?.kind && a.text === b.text
  const isLongEnough = a.isPrefix ? a.segments.length <= b.segments.length : a.segments.length === b.segments.length
  if (!isLongEnough || (b.isPrefix && !a.isPrefix)) return false
  return a.segments.every((segment, i) => {
    const other = b.segments[i]
    if (other === undefined) return false
    // A parameter takes no empty segment.
    if ('parameter' in segment) return 'parameter' in other || other.text !== ''
    return 'text' in other && other.text === segment.text
  })
}

/** There is a request that both take. */
function overlaps(a: RouteRule, b: RouteRule): boolean {
  const isDisjoint =
    (a.methods !== undefined && b.methods?.some((method) => a.methods?.includes(method)) === false) ||
    a.headers.some((header) => b.headers.some((other) => excludes(header, other))) ||
    a.query.some((parameter) => b.query.some((other) => excludes(parameter, other)))
  return !isDisjoint && overlapsHost(a.host, b.host) && overlapsPath(a.path, b.path)
}

function overlapsHost(a: HostPattern | undefined, b: HostPattern | undefined): boolean {
  return a === undefined || b === undefined || coversHost(a, b) || coversHost(b, a)
}

function overlapsPath(a: PathPattern | undefined, b: PathPattern | undefined): boolean {
  if (a === undefined || b === undefined) return true
  if (a.kind === 'regex' || b.kind === 'regex') return a.text === b.text
  const shared = Math.min(a.segments.length, b.segments.length)
  for (let i = 0; i < shared; i++) {
    const [one, other] = [a.segments[i], b.segments[i]]
    if (one === undefined || other === undefined) return false
    if ('text' in one && 'text' in other && one.text !== other.text) return false
    if ('text' in one !== 'text' in other && [one, other].some((segment) => 'text' in segment && segment.text === '')) {
      return false
    }
  }
  const [shorter, longer] = a.segments.length < b.segments.length ? [a, b] : [b, a]
  return shorter.segments.length === longer.segments.length || shorter.isPrefix
}

function isSame(a: ValueCondition, b: ValueCondition): boolean {
  return a.name === b.name && JSON.stringify(a.expected) === JSON.stringify(b.expected)
}

function excludes(a: ValueCondition, b: ValueCondition): boolean {
  if (a.name !== b.name) return false
  if (typeof a.expected === 'string' && typeof b.expected === 'string') return a.expected !== b.expected
  if (typeof a.expected === 'string') return !b.holds(a.expected)
  if (typeof b.expected === 'string') return !a.holds(b.expected)
  return typeof a.expected === 'boolean' && typeof b.expected === 'boolean' && a.expected !== b.expected
}
