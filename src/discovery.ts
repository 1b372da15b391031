/**
 * How a service's targets are found while a proxy runs, where the runtime can: what is asked for is plain data, and the
 * runtime knows how to ask.
 */

/** How a name server is asked; what is left out is the runtime's affair. */
export interface DnsQuestions {
  /** `address` or `address:port`. @default the system's */
  readonly servers?: readonly string[] | undefined
  /** Of one try; the next one doubles it. @default 2,000 */
  readonly timeoutMs?: number | undefined
  /** How often each server is asked before it counts as failed. @default 2 */
  readonly tries?: number | undefined
  /** The shortest wait between two questions. @default 1,000 */
  readonly minIntervalMs?: number | undefined
  /** The longest. @default 3,600,000, and 30,000 of SRV records */
  readonly maxIntervalMs?: number | undefined
}

/** The addresses of a name, all with one port. */
export interface AddressesOrigin extends DnsQuestions {
  readonly kind: 'addresses'
  readonly name: string
  readonly port: number
  /** The records that are asked for. @default 'A' */
  readonly type?: 'A' | 'AAAA' | 'A+AAAA' | undefined
}

/** What SRV records lead to (RFC 2782). */
export interface ServicesOrigin extends DnsQuestions {
  readonly kind: 'services'
  readonly name: string
}

/** What stands in a file, read again when it changes. */
export interface FileOrigin {
  readonly kind: 'file'
  readonly path: string
  /** After the last sign of a change, before the file is read. @default 50 */
  readonly settleMs?: number | undefined
  /** Looks at the file without a sign as well. 0 never. @default 10,000 */
  readonly pollIntervalMs?: number | undefined
}

/** Where targets are found. */
export type TargetOrigin = AddressesOrigin | ServicesOrigin | FileOrigin

/** Whose targets are found: a Service. */
export interface DiscoveringService {
  readonly name: string
  set(targets: readonly (string | { readonly address: string })[]): void
}

/** How a service is kept as its origin says. */
export interface DiscoveryOptions {
  /** Told when lists begin to fail, with why, and when they are good again. */
  readonly log: { warn(message: string, error?: unknown): void; info(message: string): void }
  /** Takes over a list without targets, which counts as a failure otherwise. @default false */
  readonly allowsEmpty?: boolean | undefined
}

/** A service that is kept as its origin says. */
export interface Discovery {
  /** Settles when the service has its first list, or when there will be none any more. */
  readonly first: Promise<void>
  /** Ends it for good; the service keeps what it has. */
  stop(): void
}
