/** What a header field has to be like. */
export interface HeaderCondition {
  /** In lower case. */
  readonly name: string
  /** As it was written: a value, whether it is there at all, or a regex that fits the whole value. */
  readonly expected: string | boolean | { readonly regex: string }
  /** @param value undefined when there is no such field */
  readonly holds: (value: string | undefined) => boolean
}

/**
 * Reads a condition for a header field.
 * @returns the condition, or what is wrong with it
 */
export function readHeaderCondition(name: string, expected: HeaderCondition['expected']): HeaderCondition | string {
  const condition = { name: name.toLowerCase(), expected }
  if (typeof expected === 'string') return { ...condition, holds: (value) => value === expected }
  if (typeof expected === 'boolean') return { ...condition, holds: (value) => (value !== undefined) === expected }
  try {
    const regex = new RegExp(`^(?:${expected.regex})$`, 'u')
    return { ...condition, holds: (value) => value !== undefined && regex.test(value) }
  } catch (error) {
    return (error as Error).message
  }
}
