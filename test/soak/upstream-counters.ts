/** The ways in which an upstream gives up a connection without an answer to the request that it meets. */
export type RaceKind = 'FIN as the request came' | 'close as it came' | 'RST as it came' | 'request came behind the FIN'

/** What the upstream saw. */
export class UpstreamCounters {
  connections = 0
  /** Requests that it answered. */
  answers = 0
  /** Requests that came to a connection which it was giving up: it left them without an answer. */
  readonly races: Partial<Record<RaceKind, number>> = {}
  /** Connections that it gave up while they were idle, by how. */
  readonly idleCloses: Record<'FIN' | 'RST', number> = { FIN: 0, RST: 0 }
  /** Requests that it saw more than once, answered or not. */
  readonly seenTwice: Record<string, number> = {}
  /** Requests that it answered more than once. */
  readonly answeredTwice: Record<string, number> = {}
  /** Requests that were not as the client sent them. */
  damaged = 0
  readonly #seen: Uint8Array
  readonly #answered: Uint8Array

  constructor(requests: number) {
    this.#seen = new Uint8Array(requests)
    this.#answered = new Uint8Array(requests)
  }

  race(kind: RaceKind): void {
    this.races[kind] = (this.races[kind] ?? 0) + 1
  }

  see(id: number, method: string): void {
    countSecond(this.#seen, id, method, this.seenTwice)
  }

  answer(id: number, method: string): void {
    this.answers++
    countSecond(this.#answered, id, method, this.answeredTwice)
  }
}

function countSecond(times: Uint8Array, id: number, method: string, twice: Record<string, number>): void {
  const count = (times[id] ?? 0) + 1
  times[id] = count
  if (count === 2) twice[method] = (twice[method] ?? 0) + 1
}
