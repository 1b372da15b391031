import { invalidArgument } from './invalid-argument.ts'

/** Checks an option when a proxy is described. @throws INVALID_ARGUMENT when it is given and no number from `least` up */
export function requireNumber(filter: string, option: string, value: number | undefined, least: number): void {
  if (value === undefined || (typeof value === 'number' && value >= least)) return
  throw invalidArgument(filter, `${option} must be a number from ${least} up`, value)
}
