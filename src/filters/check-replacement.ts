import type { Output, Replacement } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import { ConstantOutput } from './constant-output.ts'
import { invalidArgument } from './invalid-argument.ts'
import { invalidOutput } from './invalid-output.ts'

/** A replacement whose constant has been checked. */
export type CheckedReplacement<Replaced, V = Variables> = ConstantOutput | Exclude<Replacement<Replaced, V>, Output>

/**
 * Checks a replacement when the proxy is described.
 * @throws INVALID_ARGUMENT when it is a constant that cannot be output
 */
export function checkReplacement<Replaced, V>(
  name: string,
  replacement: Replacement<Replaced, V>,
): CheckedReplacement<Replaced, V> {
  if (typeof replacement === 'function') return replacement
  if (invalidOutput(replacement, name) === undefined) return new ConstantOutput(replacement)
  throw invalidArgument(
    name,
    'the replacement must be an event, a Message, an array of them or a function',
    replacement,
  )
}
