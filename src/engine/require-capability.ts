import { ProxyError } from '../errors.ts'
import type { Transport } from '../transport.ts'
import type { Requirement } from './filter-recipe.ts'

/**
 * Sees to it that a runtime has what is asked of it.
 * @param user who asks, for the message: `merge in pipeline "log"`
 * @throws UNSUPPORTED with the user, the runtime, what it lacks and what to use instead
 */
export function requireCapability(
  user: string,
  { capability, instead }: Requirement,
  { name, capabilities }: Pick<Transport, 'name' | 'capabilities'>,
): void {
  if (capabilities[capability]) return
  throw new ProxyError('UNSUPPORTED', `Cannot use ${user} on ${name}, which lacks "${capability}": ${instead}`)
}
