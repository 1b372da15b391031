/** How much is done, and with what. */
export interface MemorySettings {
  /** Hours' worth instead of seconds'. */
  readonly isFull: boolean
  /** The Node that runs the proxy. */
  readonly nodeFile: string
  /** Makes everything as small as it can be, for the tests. */
  readonly isTiny?: boolean
}

/** What a work came to. */
export interface WorkResult {
  /** One line for a reader. */
  readonly text: string
  readonly isWithinBounds: boolean
  readonly figures: Readonly<Record<string, number>>
}

/** Something that has cost other proxies their memory. */
export interface Work {
  readonly name: string
  run(settings: MemorySettings): Promise<WorkResult>
}

/** As megabytes, for a reader. */
export function showMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
