/**
 * What a runtime provides to Sluice. An adapter implements Transport; everything above it is the same everywhere.
 *
 * The contract of a connection is a pair of Web Streams. A runtime that can do better offers the direct path as well
 * (`connection.direct`), and the engine uses that where it exists.
 */
import type { ProxyError } from './errors.ts'
import type { Data } from './events.ts'

/** An address to connect to or to listen on. IPv6 hosts are written without brackets here. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** Both ends of a connection, as numbers and plain text; empty and 0 where the runtime does not tell. */
export interface ConnectionInfo {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
}

/** What the user of a direct connection is told. Calls never overlap and none follows `onClose`. */
export interface ConnectionHandler {
  /** The connection stands. Called once, first, for connections that `Transport.connect` opened. */
  onOpen?(): void
  /** Bytes came. They are borrowed as `data.lifetime` says. */
  onData(data: Data): void
  /** The peer will send no more; what is written still reaches it. */
  onEnd(): void
  /** After a `write` that returned false, and after `end`: everything is on its way; after a `write`, write on. */
  onDrain(): void
  /** Nothing moves any more, in either direction. Called once, last; `error` when it did not end in good order. */
  onClose(error?: ProxyError): void
}

/**
 * The direct path of a connection: calls instead of streams. An implementer promises that `onData` is never called
 * inside `write`, `end`, `close`, `abort` or `pause`. After `pause` what has been read already may still come, in one call
 * at most, until `resume`.
 */
export interface DirectConnection {
  /** Hands the connection to its one user; called once, before anything else. */
  attach(handler: ConnectionHandler): void
  /**
   * Sends bytes in order; small writes of one turn of the event loop may leave together. Never refuses.
   * @returns false when the connection is full: the writer stops its source until `onDrain`. Bytes with lifetime
   * `pause` stay in use until then.
   */
  write(data: Data): boolean
  /** Sends what is queued, then tells the peer that nothing more comes. Reading goes on. */
  end(): void
  /** Gives up both directions at once; unsent bytes are lost. For a connection that nobody needs any more. */
  close(): void
  /** The same, so that the peer sees that this was no orderly end (TCP reset): for a body that was cut. */
  abort(): void
  /** Stops reading. */
  pause(): void
  /** Reads on. */
  resume(): void
}

/** Bytes both ways. Either the streams or `direct` is used, never both. */
export interface Connection {
  readonly readable: ReadableStream<Uint8Array>
  readonly writable: WritableStream<Uint8Array>
  /** Settles when both directions are over; rejects with the ProxyError that ended it early. */
  readonly closed: Promise<void>
  readonly info: ConnectionInfo
  /**
   * Settles when the connection stands, or rejects with the ProxyError that says why it does not: for runtimes whose
   * streams do not tell.
   */
  readonly opened?: Promise<void>
  readonly direct?: DirectConnection
}

export interface ConnectOptions {
  /** Gives up with CONNECT_TIMEOUT after this time; 0 waits for ever. */
  readonly connectTimeoutMs: number
  /** TCP keep-alive probes. */
  readonly keepAlive: boolean
  /** Sends small writes at once (TCP_NODELAY). */
  readonly noDelay: boolean
}

export interface ListenOptions {
  /** TCP keep-alive probes on accepted connections. */
  readonly keepAlive: boolean
  /** Sends small writes of accepted connections at once (TCP_NODELAY). */
  readonly noDelay: boolean
  /** Told of connections that could not be accepted: out of file descriptors, say. */
  readonly onError: (error: ProxyError) => void
}

/** An open listening socket. */
export interface Listener {
  /** Where it really listens: the port that the system chose when 0 was asked. */
  readonly address: Address
  /** Stops listening; connections that exist go on. */
  close(): Promise<void>
}

/** A timer that was set. */
export interface Timer {
  cancel(): void
}

/** Everything Sluice asks of a runtime. Time and chance come through here, so that tests can inject them. */
export interface Transport {
  /** The runtime's name, for messages: `node`. */
  readonly name: string
  /**
   * Opens a connection. It can be written to at once; that it failed is told by `onClose` or by the streams:
   * CANNOT_RESOLVE, CONNECTION_REFUSED, CONNECT_TIMEOUT or CONNECT_FAILED.
   */
  connect(address: Address, options: ConnectOptions): Connection
  /**
   * Listens and calls `accept` for each connection, which is not read before it is attached. Rejects with ADDRESS_IN_USE, ADDRESS_FORBIDDEN or
   * ADDRESS_UNAVAILABLE. Absent where the runtime has no listening sockets.
   */
  listen?(address: Address, options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener>
  /** Milliseconds of a clock that never goes back. */
  now(): number
  /** Calls back once after `delayMs`; a timer keeps no process alive. */
  setTimer(callback: () => void, delayMs: number): Timer
  /** A random number in [0, 1). */
  random(): number
  /** Reads bytes as ISO 8859-1, where the runtime is faster at it than portable code. */
  decodeLatin1?(bytes: Uint8Array, start: number, end: number): string
}
