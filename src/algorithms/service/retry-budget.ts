/** The window is counted in so many pieces. */
const PIECES = 10

/** So much of a second's allowance that does not depend on the share. */
const SECOND_MS = 1_000

/**
 * Holds retries down to a share of the requests of the last seconds, so that they cannot double an outage; a few per
 * second are allowed in any case, for services with little traffic. What was not used is not kept.
 */
export class RetryBudget {
  readonly #share: number
  readonly #minPerSecond: number
  readonly #pieceMs: number
  readonly #requests = new Array<number>(PIECES).fill(0)
  readonly #retries = new Array<number>(PIECES).fill(0)
  #requestCount = 0
  #retryCount = 0
  /** The number of the latest piece. */
  #piece = 0
  #secondStartMs = Number.NEGATIVE_INFINITY
  #retriesInSecond = 0

  constructor(options: { readonly share: number; readonly minPerSecond: number; readonly windowMs: number }) {
    this.#share = options.share
    this.#minPerSecond = options.minPerSecond
    this.#pieceMs = options.windowMs / PIECES
  }

  /** A try began, be it the first one or another. */
  countTry(nowMs: number): void {
    this.#turn(nowMs)
    this.#requestCount++
    increment(this.#requests, this.#piece % PIECES)
  }

  /** The try that was counted last is a retry. */
  countRetry(nowMs: number): void {
    this.#turn(nowMs)
    this.#retryCount++
    increment(this.#retries, this.#piece % PIECES)
    if (nowMs - this.#secondStartMs >= SECOND_MS) {
      this.#secondStartMs = nowMs
      this.#retriesInSecond = 0
    }
    this.#retriesInSecond++
  }

  /** Whether one more retry is allowed now. */
  allows(nowMs: number): boolean {
    this.#turn(nowMs)
    const inSecond = nowMs - this.#secondStartMs < SECOND_MS ? this.#retriesInSecond : 0
    if (inSecond < this.#minPerSecond) return true
    const firstTries = Math.max(0, this.#requestCount - this.#retryCount)
    return this.#retryCount + 1 <= this.#share * firstTries
  }

  /** Forgets what is older than the window. */
  #turn(nowMs: number): void {
    const piece = Math.max(this.#piece, Math.floor(nowMs / this.#pieceMs))
    const passed = Math.min(PIECES, piece - this.#piece)
    for (let i = 1; i <= passed; i++) {
      const place = (piece - passed + i) % PIECES
      this.#requestCount -= this.#requests[place] as number
      this.#retryCount -= this.#retries[place] as number
      this.#requests[place] = 0
      this.#retries[place] = 0
    }
    this.#piece = piece
  }
}

function increment(counts: number[], place: number): void {
  counts[place] = (counts[place] as number) + 1
}
