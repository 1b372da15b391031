import { ProxyError } from '../errors.ts'
import type { VariableReference } from './variable-reference.ts'

/** The variables that a configuration may name in place of a value: those of the process, or a Worker's bindings. */
export class Environment {
  readonly #variables: object | undefined

  /** @param variables by their names; undefined when there are none to be read */
  constructor(variables: object | undefined) {
    this.#variables = variables
  }

  /** A variable's value; undefined when there is none, or it is no text. */
  read(name: string): string | undefined {
    const value = this.#find(name)
    return typeof value === 'string' ? value : undefined
  }

  /** Why `read` has no value to give, and what to do. Says nothing of what the variable holds. */
  describeAbsence(name: string): string {
    if (this.#variables === undefined) {
      const use =
        'gateway(configuration, { env: process.env }), or in a Worker worker((env) => gateway(configuration, { env }))'
      return `nobody gave the gateway the variable ${name}; use ${use}`
    }
    const value = this.#find(name)
    return value === undefined
      ? `the environment has no variable ${name}`
      : `the variable ${name} is no text, but of type ${typeof value}`
  }

  /** What a configuration gives, or the variable holds that it names. @throws INVALID_ARGUMENT when there is none */
  valueOf(given: string | VariableReference): string {
    if (typeof given === 'string') return given
    const value = this.read(given.env)
    if (value !== undefined) return value
    throw new ProxyError('INVALID_ARGUMENT', `Cannot use the configuration: ${this.describeAbsence(given.env)}`)
  }

  #find(name: string): unknown {
    return (this.#variables as Readonly<Record<string, unknown>> | undefined)?.[name]
  }
}
