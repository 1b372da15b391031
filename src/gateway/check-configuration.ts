import { ProxyError } from '../errors.ts'
import { closestName } from '../script/closest-name.ts'
import { describeProblem } from './describe-problem.ts'
import type { Environment } from './environment.ts'
import { findVariableProblems } from './find-variable-problems.ts'
import type { CheckedConfiguration, GatewayAction } from './gateway-configuration.ts'
import type { GatewayProblem } from './gateway-problem.ts'
import { gatewaySchema } from './gateway-schema.ts'
import { type PathCondition, type PathPattern, readPathPattern } from './path-pattern.ts'
import { findUnknownParameter } from './find-unknown-parameter.ts'
import { readIssues } from './read-issues.ts'

/** How a problem is told; a file's reader says where it stands as well. */
export type DescribeProblem = (problem: GatewayProblem) => string

/**
 * Checks a gateway's configuration, of which anything may be wrong.
 * @param environment has the variables that it may name
 * @param describe @default the field's path, its value and what is wrong
 * @returns the configuration, with short forms written out
 * @throws INVALID_ARGUMENT with all that is wrong with it, a line for each
 */
export function checkConfiguration(
  input: unknown,
  environment: Environment,
  describe: DescribeProblem = describeProblem,
): CheckedConfiguration {
  const result = parse(input)
  const problems = result.success
    ? [...findProblems(result.data, input), ...findVariableProblems(result.data, environment)]
    : readIssues(result.error.issues, input)
  if (result.success && problems.length === 0) return result.data
  const lines = problems.map(describe)
  const text = lines.length === 1 ? ` ${lines[0]}` : lines.map((line) => `\n  ${line}`).join('')
  throw new ProxyError('INVALID_ARGUMENT', `Cannot use the configuration:${text}`)
}

/** An object may throw when it is read; and the schema's own code asks what has a `length`, whatever that is. */
function parse(input: unknown): ReturnType<typeof gatewaySchema.safeParse> {
  try {
    return gatewaySchema.safeParse(input)
  } catch (error) {
    throw ProxyError.from(error, 'INVALID_ARGUMENT', 'Cannot read the configuration')
  }
}

/** What the schema cannot say: names that lead nowhere, or to two things. */
function findProblems(configuration: CheckedConfiguration, input: unknown): GatewayProblem[] {
  const { routes = [], default: otherwise, services = {} } = configuration
  const names = Object.keys(services)
  const problems: GatewayProblem[] = []
  const known = new Map<string, number>()
  routes.forEach((route, i) => {
    const name = route.name ?? `route ${i + 1}`
    const other = known.get(name)
    if (other !== undefined) {
      problems.push({ path: ['routes', i, 'name'], text: `routes[${other}] has this name already`, value: name })
    }
    known.set(name, other ?? i)
    problems.push(...findActionProblems(route, ['routes', i], names, readPatterns(route.path)))
  })
  if (otherwise !== undefined) problems.push(...findActionProblems(otherwise, ['default'], names, [undefined]))
  if (routes.length === 0 && otherwise === undefined) {
    problems.push({
      path: ['routes'],
      text: 'expected one route at least, or a default',
      value: (input as { routes?: unknown }).routes,
    })
  }
  return problems
}

function readPatterns(
  path: PathCondition | readonly PathCondition[] | undefined,
): readonly (PathPattern | undefined)[] {
  if (path === undefined) return [undefined]
  const conditions = Array.isArray(path) ? (path as readonly PathCondition[]) : [path as PathCondition]
  return conditions.map((condition) => readPathPattern(condition)).filter((pattern) => typeof pattern !== 'string')
}

function findActionProblems(
  { service, rewrite, redirect }: GatewayAction,
  path: GatewayProblem['path'],
  services: readonly string[],
  patterns: readonly (PathPattern | undefined)[],
): GatewayProblem[] {
  const problems: GatewayProblem[] = []
  if (service !== undefined && !services.includes(service)) {
    const meant = closestName(service, services)
    const hint = meant === undefined ? `; there ${listOf(services)}` : `; did you mean "${meant}"?`
    problems.push({ path: [...path, 'service'], text: `there is no such service${hint}`, value: service })
  }
  const prefix = rewrite?.stripPrefix
  const apart = patterns.find(
    (pattern) => prefix !== undefined && pattern !== undefined && !beginsWith(pattern, prefix),
  )
  if (apart !== undefined) {
    const text = `no path that fits "${apart.text}" begins with it`
    problems.push({ path: [...path, 'rewrite', 'stripPrefix'], text, value: prefix })
  }
  const templates: readonly (readonly [field: readonly string[], template: string | undefined])[] = [
    [['rewrite', 'path'], rewrite?.path],
    typeof redirect === 'object' ? [['redirect', 'to'], redirect.to] : [['redirect'], redirect],
  ]
  for (const [field, template] of templates) {
    if (template === undefined) continue
    for (const pattern of patterns) {
      const unknown = findUnknownParameter(template, pattern)
      if (unknown === undefined) continue
      const where = pattern === undefined ? 'there is no path' : `path "${pattern.text}" has none`
      problems.push({ path: [...path, ...field], text: `nothing gives it "${unknown}": ${where}`, value: template })
      break
    }
  }
  return problems
}

/** Whether a path that fits the pattern can have the prefix; of a regex nobody knows. */
function beginsWith(pattern: PathPattern, prefix: string): boolean {
  if (pattern.kind === 'regex') return true
  const names = prefix === '/' ? [] : prefix.slice(1).split('/')
  const { segments, isPrefix } = pattern
  return names.every((name, i) => {
    const segment = segments[i]
    return segment === undefined ? isPrefix : 'parameter' in segment || segment.text === name
  })
}

function listOf(services: readonly string[]): string {
  return services.length === 0 ? 'is none' : `are ${services.map((name) => `"${name}"`).join(', ')}`
}
