import type { Trace } from './trace.ts'

/** RFC 9110 9.2.2. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE'])
/** How often a request may reach an upstream when it can be sent again. */
const MAX_ATTEMPTS = 2

/** What a client means to send. */
export interface RequestPlan {
  readonly id: string
  readonly client: string
  readonly method: string
  readonly bodyBytes: number
  readonly hasTrailers: boolean
  readonly expectsContinue: boolean
}

/** What an upstream answers. */
export interface GivenAnswer {
  readonly status: number
  readonly bodyId: string
  readonly bodyBytes: number
  readonly hasTrailers: boolean
  /** Whether all of it has been sent, and nothing broke it off. */
  isWhole: boolean
}

/** What the two ends of a tunnel have done. */
export interface TunnelSide {
  sentBytes: number
  /** It has said that nothing more comes. */
  isEnded: boolean
  /** It broke off: what it sent may be lost. */
  isCut: boolean
}

/** One request of a client and what became of it. */
export interface RequestRecord extends RequestPlan {
  /** When its client began to send it. */
  readonly sinceMs: number
  /** Whether it may reach upstreams more than once. */
  readonly isRepeatable: boolean
  /** The head and the body have come to the proxy's door. */
  isSent: boolean
  /** How often its head has reached an upstream. */
  arrivals: number
  /** Whether the connection that it reached last had answered something before. */
  wasReused: boolean
  /** The answers that upstreams have given, by attempt. */
  readonly answers: GivenAnswer[]
  /** An upstream or a connection failed before the answer: the proxy may answer for it with 502 or 504. */
  mayFail: boolean
  /** The answer broke off: the client's connection may be cut. */
  mayBeCut: boolean
  /** A callback threw: the answer may be 500. */
  mayBe500: boolean
  readonly up: TunnelSide
  readonly down: TunnelSide
}

/** Knows of every request of a world: what was asked, what arrived where, what was answered, and who is to blame. */
export class Ledger {
  /** Somebody failed of whom nobody knows which request was meant: any may suffer. */
  isAnybodyToBlame = false
  /** Idle connections that upstreams have closed: a request that cannot be sent again may have met one. */
  idleCloses = 0
  readonly #records = new Map<string, RequestRecord>()
  readonly #trace: Trace

  constructor(trace: Trace) {
    this.#trace = trace
  }

  get count(): number {
    return this.#records.size
  }

  /** @param resend which requests the proxy may send again */
  add(plan: RequestPlan, sinceMs: number, resend: 'idempotent' | 'always' | 'never'): RequestRecord {
    const record: RequestRecord = {
      ...plan,
      sinceMs,
      isRepeatable: resend === 'always' || (resend === 'idempotent' && IDEMPOTENT.has(plan.method)),
      isSent: false,
      arrivals: 0,
      wasReused: false,
      answers: [],
      mayFail: false,
      mayBeCut: false,
      mayBe500: false,
      up: { sentBytes: 0, isEnded: false, isCut: false },
      down: { sentBytes: 0, isEnded: false, isCut: false },
    }
    this.#records.set(plan.id, record)
    return record
  }

  get(id: string | undefined): RequestRecord | undefined {
    return id === undefined ? undefined : this.#records.get(id)
  }

  /** A request's head has reached an upstream. @returns undefined when nobody sent it */
  arrive(method: string, id: string, isReused: boolean): RequestRecord | undefined {
    const record = this.#records.get(id)
    if (record === undefined) {
      this.#trace.violate(`an upstream got ${method} "${id}", which nobody sent`)
      return undefined
    }
    if (record.method !== method) this.#trace.violate(`${id} was sent as ${method}, not as ${record.method}`)
    record.arrivals++
    if (record.arrivals > 1) this.#checkAgain(record)
    record.wasReused = isReused
    return record
  }

  /** Whether the connection of a client may be cut, with all that is under way on it. */
  mayCut(client: string): boolean {
    for (const record of this.#records.values()) if (record.client === client && record.mayBeCut) return true
    return false
  }

  #checkAgain(record: RequestRecord): void {
    const { id, method, arrivals, isRepeatable, wasReused } = record
    if (!isRepeatable) this.#trace.violate(`${method} ${id} reached upstreams ${arrivals} times`)
    else if (arrivals > MAX_ATTEMPTS) this.#trace.violate(`${method} ${id} reached upstreams ${arrivals} times`)
    else if (!wasReused) this.#trace.violate(`${method} ${id} was sent again although its connection was a new one`)
  }
}
