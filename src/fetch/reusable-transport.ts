import type { Transport } from '../transport.ts'

/** A transport that serves one request after the other, where no two may share what it opens. */
export interface ReusableTransport extends Transport {
  /** Whether nothing of its last request is under way, so that it may serve another one. */
  readonly isAtRest: boolean
}
