/** A request as its client knows it once it is over. */
export interface RequestRecord {
  readonly id: string
  readonly method: string
  /** The number of its client. */
  readonly client: number
  /** Times of the clock that {@link clockMs} reads. */
  readonly sentMs: number
  readonly endedMs: number
  /** 0 when there was no answer. */
  readonly status: number
  /** Whose answer it was; undefined for the proxy's own and for none. */
  readonly upstream: string | undefined
  /** `lost`: no answer, a broken one, or another status than 200; `mixed`: the answer to something else. */
  readonly result: 'answered' | 'lost' | 'mixed'
  /** What came instead of the answer. */
  readonly detail: string | undefined
}
