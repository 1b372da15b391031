import type { Environment } from './environment.ts'
import type { CheckedConfiguration, GatewayAction } from './gateway-configuration.ts'
import type { GatewayProblem } from './gateway-problem.ts'
import { SCHEMA_PARTS } from './schema-parts.ts'
import type { VariableReference } from './variable-reference.ts'

/** What a value has to be; tells what is expected in place of one that is not. */
type Rule = (value: string) => string | undefined

const { fieldValue, minSecretCharacters } = SCHEMA_PARTS

const isSecret: Rule = (value) =>
  value.length >= minSecretCharacters ? undefined : `is too short, expected ${minSecretCharacters} characters or more`
const isField: Rule = (value) =>
  fieldValue.safeParse(value).success
    ? undefined
    : 'holds what a header field cannot, expected one line of text without blanks around it'
const isAnything: Rule = () => undefined

/** Variables that a configuration names and that are not there, or hold what cannot be used. What they hold is not told. */
export function findVariableProblems(
  { services = {}, routes = [], default: otherwise = {} }: CheckedConfiguration,
  environment: Environment,
): GatewayProblem[] {
  const problems: GatewayProblem[] = []
  const check = (value: unknown, rule: Rule, path: GatewayProblem['path']): void => {
    if (!isReference(value)) return
    const held = environment.read(value.env)
    const state = held === undefined ? undefined : rule(held)
    if (held === undefined) problems.push({ path, text: environment.describeAbsence(value.env), value })
    else if (state !== undefined) problems.push({ path, text: `the variable ${value.env} ${state}`, value })
  }
  const checkAll = (values: object | undefined, rule: Rule, path: GatewayProblem['path']): void => {
    for (const [name, value] of Object.entries(values ?? {})) {
      check(value, rule, [...path, Array.isArray(values) ? Number(name) : name])
    }
  }
  const checkAction = (action: Partial<GatewayAction>, path: GatewayProblem['path']): void => {
    for (const side of ['requestHeaders', 'answerHeaders'] as const) {
      checkAll(action[side]?.set, isField, [...path, side, 'set'])
    }
  }
  for (const [name, { sticky }] of Object.entries(services)) {
    if (sticky?.by === 'cookie') checkAll(sticky.secrets, isSecret, ['services', name, 'sticky', 'secrets'])
  }
  routes.forEach((route, i) => {
    checkAll(route.header, isAnything, ['routes', i, 'header'])
    checkAll(route.query, isAnything, ['routes', i, 'query'])
    checkAction(route, ['routes', i])
  })
  checkAction(otherwise, ['default'])
  return problems
}

function isReference(value: unknown): value is VariableReference {
  return typeof value === 'object' && value !== null && 'env' in value
}
