import { ProxyError } from '../errors.ts'

/**
 * An object each method of which calls `call` and gives the object back. Any name is a method, so that a misspelt one
 * is told by name instead of being "not a function".
 */
export function createFluent(call: (method: string, values: unknown[]) => void): object {
  const fluent: object = new Proxy(Object.freeze(Object.create(null) as object), {
    get(_, name) {
      // Who looks for these wants to know what kind of object this is; with a `then` it would pass for a promise.
      if (typeof name === 'symbol' || name === 'then' || name === 'constructor' || name === 'toJSON') return undefined
      return (...values: unknown[]) => {
        try {
          call(name, values)
        } catch (error) {
          throw nearScript(error, name)
        }
        return fluent
      }
    },
  })
  return fluent
}

/** The same error made next to the script's own frame: a stack keeps ten frames, and below here there may be more. */
function nearScript(error: unknown, method: string): ProxyError {
  const { code, message, location } = ProxyError.from(error, 'INVALID_ARGUMENT', `Cannot configure ${method}`)
  return new ProxyError(code, message, { cause: error, location })
}
