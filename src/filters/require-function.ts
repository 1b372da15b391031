import { invalidArgument } from './invalid-argument.ts'

/** Checks an argument when a proxy is described. @throws INVALID_ARGUMENT when it is no function */
export function requireFunction(filter: string, argument: string, value: unknown): void {
  if (typeof value !== 'function') throw invalidArgument(filter, `${argument} must be a function`, value)
}
