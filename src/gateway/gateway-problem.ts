/** Something in a configuration that cannot be. */
export interface GatewayProblem {
  /** Where: `['routes', 0, 'service']`. */
  readonly path: readonly (string | number)[]
  /** What is wrong: `expected a list of routes`. */
  readonly text: string
  /** What stands there; undefined when nothing does. */
  readonly value: unknown
}
