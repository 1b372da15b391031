import type { PathParameters } from './path-pattern.ts'

/** The variables of a gateway's sessions: which route took the request, and what its path gave to the route's. */
export interface GatewayVariables {
  /** Its place in the configuration, from 0; -1 for the default. */
  route: number
  parameters: PathParameters
}
