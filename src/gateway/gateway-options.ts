/** What a gateway needs to know beside its configuration. */
export interface GatewayOptions {
  /**
   * The variables that `{ env }` names: `process.env`, or a Worker's bindings.
   * @default none: a configuration that names one is refused
   */
  readonly env?: object | undefined
  /** The folder that the files of `discover` lie in, absolute. @default that of the process */
  readonly folder?: string | undefined
}
