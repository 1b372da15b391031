/** What a quota gives: the whole of what a store has to know of it. All counts are whole numbers. */
export interface QuotaRule {
  /** How many are added in `perMs`. */
  readonly limit: number
  /** Infinity: none are ever added but by `give`. */
  readonly perMs: number
  /** The most that can be there at once. */
  readonly burst: number
  /** How many are there at first. */
  readonly initial: number
  /**
   * `smooth`: a token bucket, to which tokens come one by one, evenly. `window`: all that are due come together, each time
   * that `perMs` have passed since the first was taken from a full one (Pipy's way).
   */
  readonly refill: 'smooth' | 'window'
}
