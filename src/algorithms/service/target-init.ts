/** A target as it is given: its address alone, or with what is to be known of it. */
export type TargetInit =
  | string
  | {
      /** `host:port`, or a URL without a path. */
      readonly address: string
      /** Its share of the load, as against the others'; 0 gets nothing. @default 1 */
      readonly weight?: number | undefined
      /**
       * Its level, a whole number from 0 up. A request goes to the lowest level with an available target; the others are
       * backups, as `backup` of nginx and HAProxy and the priorities of Envoy. What is unhealthy, ejected, draining or full
       * is not available. @default 0
       */
      readonly priority?: number | undefined
      /** What scripts and pages may want to know: zone, version. */
      readonly metadata?: Readonly<Record<string, string>> | undefined
    }
