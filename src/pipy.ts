import { Configuration } from './configuration.ts'
import type { Variables } from './engine/context.ts'
import { ProxyError } from './errors.ts'

/**
 * Begins the description of a proxy.
 * @param variables of a session with their initial values, or a function that gives them. A new client connection
 * starts from these; a demuxed message starts from the connection's current values. Objects are shared, not copied.
 * @throws INVALID_ARGUMENT when the variables are no object, or one has a name that is taken
 */
export function pipy<V extends Variables = Record<never, never>>(variables?: V | (() => V)): Configuration<V> {
  const values = typeof variables === 'function' ? (variables as () => V)() : (variables ?? ({} as V))
  if (typeof values !== 'object' || values === null) {
    throw new ProxyError('INVALID_ARGUMENT', `Cannot use ${String(values)} as variables: expected an object`)
  }
  for (const name of ['__inbound', '__filename', '__proto__']) {
    if (Object.hasOwn(values, name)) {
      throw new ProxyError('INVALID_ARGUMENT', `Cannot declare variable "${name}": the name is Sluice's own`)
    }
  }
  return new Configuration(values)
}
