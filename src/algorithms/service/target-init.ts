/** A target as it is given: its address alone, or with what is to be known of it. */
export type TargetInit =
  | string
  | {
      /** `host:port`, or a URL without a path. */
      readonly address: string
      /** Its share of the load, as against the others'; 0 gets nothing. @default 1 */
      readonly weight?: number | undefined
      /** What scripts and pages may want to know: zone, version. */
      readonly metadata?: Readonly<Record<string, string>> | undefined
    }
