import { ProxyError } from '../errors.ts'
import { UsageError } from './usage-error.ts'

/** How a failed command ends: what it says and its exit code. */
export interface Failure {
  readonly text: string
  readonly exitCode: 1 | 2
}

/**
 * What to tell a user whose command failed: one block that says what and where, and never a stack, except for an error
 * that is no one's message but a defect of ours.
 * @param folder the current one: paths in it are shortened
 */
export function describeFailure(error: unknown, folder: string): Failure {
  if (error instanceof UsageError) {
    return { text: `sluice: ${error.message}\nTry "sluice --help"`, exitCode: 2 }
  }
  const message = error instanceof ProxyError ? error.message : `Cannot go on: ${describeDefect(error)}`
  return { text: `sluice: ${message.replaceAll(`${folder}/`, '')}`, exitCode: 1 }
}

function describeDefect(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
