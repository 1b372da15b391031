import type { Configuration } from '../configuration.ts'
import type { Variables } from '../engine/context.ts'
import { ProxyError } from '../errors.ts'
import { callMethod } from './call-method.ts'
import { CONFIGURATION_METHODS } from './filter-methods.ts'
import { createFluent } from './fluent.ts'
import type { ScriptScope } from './script-scope.ts'

/**
 * What `pipy({…})` gives to a script: `fluent` has the methods of the table in filter-methods.ts and hands on to the
 * typed configuration. It exists while the script loads; nothing of it is on the way of an event.
 */
export class ScriptConfiguration {
  readonly configuration: Configuration
  readonly fluent: object
  readonly #exported = new Set<string>()

  /** @param configuration whose variables are this script's own object: `export` adds to it */
  constructor(configuration: Configuration, scope: ScriptScope) {
    this.configuration = configuration
    this.fluent = createFluent((method, values) => {
      if (method === 'export') this.#export(values)
      else if (method === 'import') this.#import(values)
      else callMethod(configuration, CONFIGURATION_METHODS, method, values, scope)
    })
  }

  /** The names of all context variables. */
  get variableNames(): string[] {
    return Object.keys(this.configuration.variables)
  }

  /** `export('namespace', { __x: 1 })`: more variables. Other files cannot import them yet. */
  #export([namespace, variables]: unknown[]): void {
    if (typeof namespace !== 'string' || namespace === '') {
      throw new ProxyError(
        'INVALID_ARGUMENT',
        'Cannot export variables: argument #1 expects a namespace that is not empty',
      )
    }
    if (typeof variables !== 'object' || variables === null) {
      throw new ProxyError('INVALID_ARGUMENT', 'Cannot export variables: argument #2 expects an object')
    }
    const own: Variables = this.configuration.variables
    for (const [name, value] of Object.entries(variables)) {
      if (name === '' || Object.hasOwn(own, name)) {
        const state = this.#exported.has(name) ? 'it is exported already' : 'the name is taken or empty'
        throw new ProxyError('INVALID_ARGUMENT', `Cannot export variable "${name}": ${state}`)
      }
      Object.defineProperty(own, name, { value, configurable: true, enumerable: true, writable: true })
      this.#exported.add(name)
    }
  }

  #import([variables]: unknown[]): void {
    const [first = ''] = Object.keys((variables ?? {}) as object)
    const text = `Cannot import variable "${first}": scripts of several files are not supported`
    throw new ProxyError('UNSUPPORTED', text)
  }
}
