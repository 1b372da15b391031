import * as z from 'zod'
import { closestName } from '../script/closest-name.ts'

/**
 * An object without fields other than these. What it says about others is one line for each, with the field that was
 * probably meant.
 */
export function strictObject<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? describeUnknown(issue.keys as string[], known) : undefined),
  })
}

function describeUnknown(keys: readonly string[], known: readonly string[]): string {
  return keys
    .map((key) => {
      const meant = closestName(key, known)
      return meant === undefined
        ? `there is no such field; there are ${known.join(', ')}`
        : `there is no such field; did you mean "${meant}"?`
    })
    .join('\n')
}
