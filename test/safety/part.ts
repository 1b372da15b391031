/** One of the programs that prove something about safety, and what its run came to. */
export interface PartResult {
  readonly isPassed: boolean
  readonly seconds: number
  /** What the program wrote into its JSON file; undefined when it wrote none. */
  readonly report: unknown
}
