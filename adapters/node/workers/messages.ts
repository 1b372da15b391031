/**
 * What the primary and its workers tell each other. The name is in a field of its own, so that messages of a user's
 * module, which may use the same channel, are nobody's mistake.
 */
import type { ErrorCode } from '../../../src/errors.ts'
import type { Address } from '../../../src/transport.ts'

/** A socket as `process.send` hands it to another process: what Node keeps inside of a `net.Server`. */
export interface SocketHandle {
  /** Writes `address`, `family` and `port` into the object. @returns 0, or a system error's number */
  getsockname(into: object): number
  close(): void
}

/** Which port of a proxy it is: its address as the proxy wrote it, and how many `listen` of the same one came before. */
export type PortKey = string

/** From a worker to the primary. */
export type WorkerMessage =
  /** It wants to listen: answered by `socket`, or by `refused`. */
  | { readonly sluice: 'listen'; readonly key: PortKey; readonly address: Address }
  /** It listens wherever its proxy does, and serves. */
  | { readonly sluice: 'started'; readonly addresses: readonly Address[] }
  /** It cannot run; this is what to tell the user. */
  | { readonly sluice: 'failed'; readonly text: string; readonly exitCode: number }
  /** Somebody sent it SIGTERM: the primary takes care that its port is served, and then tells it to drain. */
  | { readonly sluice: 'told-to-stop' }
  /** The script called `pipy.exit`, which ends all of it. */
  | { readonly sluice: 'exit'; readonly exitCode: number }
  | ({ readonly sluice: 'counts' } & WorkerCounts)

/** What a worker counts. */
export interface WorkerCounts {
  /** Client connections since it started. */
  readonly acceptedCount: number
  /** Those that are open now. */
  readonly openCount: number
}

/** From the primary to a worker. */
export type PrimaryMessage =
  /** Comes with the handle of one of the `count` sockets of a share of a port. */
  | { readonly sluice: 'socket'; readonly key: PortKey; readonly share: number; readonly count: number }
  | { readonly sluice: 'refused'; readonly key: PortKey; readonly code: ErrorCode; readonly message: string }
  /** The worker whose share it is has come back. */
  | { readonly sluice: 'release'; readonly key: PortKey; readonly share: number }
  | { readonly sluice: 'drain' }
  /** Asks for `counts`. */
  | { readonly sluice: 'count' }

/** Whether a message of the channel is one of these. */
export function isOwnMessage(message: unknown): message is { readonly sluice: string } {
  return typeof message === 'object' && message !== null && 'sluice' in message
}
