import type { Capabilities } from '../../../src/transport.ts'
import type { RuntimeName } from '../runtimes.ts'

/** The proxy under test, up and answering. */
export interface StartedProxy {
  /** Where it answers on 127.0.0.1. */
  readonly port: number
  /** What it has written so far. */
  output(): string
  /** Ends what was started, and waits until it has ended. */
  stop(): Promise<unknown>
}

/** A place that the proxy under test runs in. */
export interface RuntimeUnderTest {
  /** The head of its column. */
  readonly name: RuntimeName
  /** What it declares. What it has not is skipped; what it has and does not do is a failure. */
  readonly capabilities: Capabilities
  /** Why it cannot be tried on this machine. @default it can be */
  readonly absent?: string | undefined
  /**
   * What the program before the proxy there keeps from being tried: the names of the tests, each with the reason.
   * @default nothing
   */
  readonly kept?: Readonly<Record<string, string>>
  /** Upstream connections that it opens to one target at most. @default as many as are needed */
  readonly maxConnections?: number
  /** How `127.0.0.1:8080` is written for it. @default as it is */
  readonly target?: (address: string) => string
  readonly start: () => Promise<StartedProxy>
}
