/** One check with everything filled in: what a probe has to do. Times and thresholds are the service's matter. */
export type HealthCheck =
  | {
      readonly type: 'http'
      readonly path: string
      readonly method: 'GET' | 'HEAD' | 'OPTIONS'
      /** Undefined for the target's own. */
      readonly host: string | undefined
      isExpected(status: number): boolean
      /** For messages: `200-399`. */
      readonly expected: string
    }
  | { readonly type: 'tcp' }
