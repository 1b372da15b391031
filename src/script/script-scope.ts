import { ProxyError } from '../errors.ts'
import { restoreNames } from './restore-names.ts'

/** The variables of a session, by name. */
export type ScriptContext = Record<string, unknown>

/** How the promise of an `await` ended. */
type Outcome = { readonly value: unknown } | { readonly error: unknown }

type AnyFunction = (...values: unknown[]) => unknown

/**
 * Holds the context that is current while a script's functions run. Rewritten scripts read `scope.context._x`; every
 * callback that the engine gets sets the context on its way in and puts back what was there on its way out, so a
 * pipeline that runs inside another one's callback does not disturb it.
 */
export class ScriptScope {
  /** The current context. While no pipeline runs, any use of a variable throws SCRIPT_FAILED. */
  context: ScriptContext
  readonly #idle: ScriptContext
  readonly #goIdle: () => void

  /** @param declaredNames the variables that the script is known to declare, to tell a misspelt one from one used too early */
  constructor(declaredNames: Iterable<string> = []) {
    this.#idle = createIdleContext(new Set(declaredNames))
    this.context = this.#idle
    this.#goIdle = () => {
      this.context = this.#idle
    }
  }

  /** A script's `event => …` as the engine's `(event, context) => …`. */
  wrapEventCallback<E, R>(callback: (event: E) => R): (event: E, context: object) => R {
    return (event, context) => {
      const saved = this.context
      this.context = context as ScriptContext
      try {
        return callback(event)
      } catch (error) {
        throw restoreNames(error)
      } finally {
        this.context = saved
      }
    }
  }

  /** A script's `() => …` as the engine's `(context) => …`. */
  wrapProvider<R>(provider: () => R): (context: object) => R {
    return (context) => {
      const saved = this.context
      this.context = context as ScriptContext
      try {
        return provider()
      } catch (error) {
        throw restoreNames(error)
      } finally {
        this.context = saved
      }
    }
  }

  /** A function that runs in the context that is current now; anything else is given back as it is. */
  bind(value: unknown): unknown {
    if (typeof value !== 'function') return value
    const { context } = this
    const callback = value as AnyFunction
    return (...values: unknown[]) => {
      const saved = this.context
      this.context = context
      try {
        return callback(...values)
      } catch (error) {
        throw restoreNames(error)
      } finally {
        this.context = saved
      }
    }
  }

  /** How a promise will end, as a promise that does not reject: what a rewritten `await` waits for. */
  settle(value: unknown): Promise<Outcome> {
    return Promise.resolve(value).then(
      (result) => ({ value: result }),
      (error: unknown) => ({ error }),
    )
  }

  /**
   * Goes on after an `await`, in the context from before it: gives the value or throws the error. It has to run in the
   * same turn as what follows; a later turn gets no context from it, which would be another client's.
   */
  take(context: ScriptContext, outcome: Outcome): unknown {
    this.context = context
    queueMicrotask(this.#goIdle)
    if ('error' in outcome) throw outcome.error
    return outcome.value
  }
}

function createIdleContext(declaredNames: ReadonlySet<string>): ScriptContext {
  const refuse = (action: string, name: string): never => {
    const isKnown = name === '__inbound' || declaredNames.has(name)
    if (!isKnown) throw new ProxyError('SCRIPT_FAILED', `Cannot resolve name "${name}": declare it in pipy({ … })`)
    const state = 'no pipeline is running; a variable belongs to a session and exists inside callbacks'
    throw new ProxyError('SCRIPT_FAILED', `Cannot ${action} "${name}": ${state}`)
  }
  return new Proxy<ScriptContext>(Object.create(null) as ScriptContext, {
    get: (_, name) => refuse('read', String(name)),
    set: (_, name) => refuse('assign to', String(name)),
  })
}
