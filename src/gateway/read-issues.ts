import type * as z from 'zod'
import type { GatewayProblem } from './gateway-problem.ts'

type Issue = z.core.$ZodIssue

/** What a schema found, as problems: one for each field, and of a choice of forms what is wrong with the one that is meant. */
export function readIssues(issues: readonly Issue[], input: unknown): GatewayProblem[] {
  return issues.flatMap((issue) => readIssue(issue, [], input))
}

function readIssue(issue: Issue, prefix: GatewayProblem['path'], input: unknown): GatewayProblem[] {
  const path = [...prefix, ...issue.path] as (string | number)[]
  if (issue.code === 'unrecognized_keys') {
    const texts = issue.message.split('\n')
    return issue.keys.map((key, i) => toProblem([...path, key], texts[i] ?? issue.message, input))
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map(({ message }) => toProblem(path, `its name is wrong: ${message}`, input))
  }
  if (issue.code === 'invalid_union') {
    const meant = findMeantForm(issue.errors)
    if (meant !== undefined) return meant.flatMap((nested) => readIssue(nested, path, input))
  }
  return [toProblem(path, describe(issue), input)]
}

/**
 * Of several forms a value can have: the one of which it has the kind already, and only something in it is wrong; of several
 * such ones that with the least to say against it.
 */
function findMeantForm(forms: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return forms
    .filter((issues) => issues.every(({ path, code }) => path.length > 0 || isInside(code)))
    .toSorted((a, b) => a.length - b.length)[0]
}

/** The kind of the value is right. */
function isInside(code: Issue['code']): boolean {
  return code !== 'invalid_type' && code !== 'invalid_value' && code !== 'invalid_union'
}

function toProblem(path: GatewayProblem['path'], text: string, input: unknown): GatewayProblem {
  let value = input
  for (const key of path) {
    const isFound = typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    value = isFound ? (value as Record<string | number, unknown>)[key] : undefined
  }
  return { path, text, value }
}

function describe(issue: Issue): string {
  if (issue.code === 'invalid_value') return `expected ${listOf(issue.values.map((value) => JSON.stringify(value)))}`
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input')) {
    return `expected ${KINDS[issue.expected] ?? issue.expected}`
  }
  return issue.message
}

const KINDS: Readonly<Record<string, string>> = {
  object: 'an object',
  record: 'an object',
  array: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
}

function listOf(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} or ${texts.at(-1)}`
}
