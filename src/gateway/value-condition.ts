import type { Environment } from './environment.ts'
import type { VariableReference } from './variable-reference.ts'

/** What a header field, or a parameter of the query, has to be like. */
export interface ValueCondition {
  /** As it is looked up: of a field in lower case. */
  readonly name: string
  /**
   * As it was written: a value, the variable that holds it, whether it is there at all, or a regex that fits the whole
   * value.
   */
  readonly expected: string | boolean | { readonly regex: string } | VariableReference
  /** @param value undefined when there is none */
  readonly holds: (value: string | undefined) => boolean
}

/**
 * Reads a condition for a header field or a parameter of the query.
 * @param name as it is looked up
 * @param environment has the variables that the condition may name
 * @returns the condition, or what is wrong with it
 * @throws INVALID_ARGUMENT for a variable that there is not
 */
export function readValueCondition(
  name: string,
  expected: ValueCondition['expected'],
  environment: Environment,
): ValueCondition | string {
  const condition = { name, expected }
  if (typeof expected === 'boolean') return { ...condition, holds: (value) => (value !== undefined) === expected }
  if (typeof expected === 'string' || 'env' in expected) {
    const wanted = environment.valueOf(expected)
    return { ...condition, holds: (value) => value === wanted }
  }
  try {
    const regex = new RegExp(`^(?:${expected.regex})$`, 'u')
    return { ...condition, holds: (value) => value !== undefined && regex.test(value) }
  } catch (error) {
    return (error as Error).message
  }
}
