/**
 * What a runtime provides to Sluice. An adapter implements Transport; everything above it is the same everywhere.
 *
 * The contract of a connection is a pair of Web Streams. A runtime that can do better offers the direct path as well
 * (`connection.direct`), and the engine uses that where it exists.
 */
import type { DiscoveringService, Discovery, DiscoveryOptions, TargetOrigin } from './discovery.ts'
import type { ProxyError } from './errors.ts'
import type { Data, MessageEnd, MessageStart } from './events.ts'

/**
 * How a target is to be reached. `http` and `https`: by HTTP messages, over a connection or by whatever else the runtime
 * sends them with; `tcp`: over a connection of its own; `binding`: a service that the platform knows by name.
 */
export type TargetScheme = 'http' | 'https' | 'tcp' | 'binding'

/** An address to connect to or to listen on. IPv6 hosts are written without brackets here. */
export interface Address {
  readonly host: string
  readonly port: number
  /** Of a target that names one; the host of a `binding` is its name, and its port 0. */
  readonly scheme?: TargetScheme
}

/**
 * What a runtime can do. Filters say what they require of it, and a proxy whose runtime has less is refused when it is
 * built.
 */
export interface Capabilities {
  /** Opens listening TCP ports. */
  readonly tcpListen: boolean
  /** Opens TCP connections to upstreams. */
  readonly tcpConnect: boolean
  /** An upstream connection that one client connection opened may serve another one later. */
  readonly sharedSockets: boolean
  /** Messages reach upstreams as they were written: Host, trailers, interim answers, compressed bytes. */
  readonly rawHeaders: boolean
  /** Connections can be switched to another protocol, as to WebSocket. */
  readonly upgrade: boolean
  /** Reaches upstreams by TLS. */
  readonly tls: boolean
  /** Runs something while no client is there: tasks. */
  readonly background: boolean
  /** What targets may begin with; `host:port` alone always works where there is an upstream at all. */
  readonly targetSchemes: readonly TargetScheme[]
}

/** A capability that a runtime has or has not. */
export type Capability = Exclude<keyof Capabilities, 'targetSchemes'>

/** Both ends of a connection, as numbers and plain text; empty and 0 where the runtime does not tell. */
export interface ConnectionInfo {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  /** Of a client that speaks TLS, here or with a platform in front. @default false */
  readonly isEncrypted?: boolean
}

/** What the user of a direct connection is told. Calls never overlap and none follows `onClose`. */
export interface ConnectionHandler {
  /** The connection stands. Called once, first, for connections that `Transport.connect` opened. */
  onOpen?(): void
  /** Bytes came. They are borrowed as `data.lifetime` says. */
  onData(data: Data): void
  /** A message begins or ends, on a connection that passes messages; its body comes by `onData`. */
  onMessage?(event: MessageStart | MessageEnd): void
  /** Whether bodies that it is given must be given to it, and not go their way unseen. @default true */
  readonly readsBodies?: boolean
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
  /**
   * On a connection that passes messages of HTTP as events, and no bytes of HTTP/1.1: takes the beginning and the end of
   * one; its body is given to `write`. The start is a SentMessageStart. Absent elsewhere.
   * @returns as `write`
   */
  message?(event: MessageStart | MessageEnd): boolean
  /** Whether a body moves that is given to neither side. @default false */
  readonly isBodyPassing?: boolean
  /** Sends what is queued, then tells the peer that nothing more comes. Reading goes on. */
  end(): void
  /** Gives up both directions at once; unsent bytes are lost. For a connection that nobody needs any more. */
  close(): void
  /**
   * The same, so that the peer sees that this was no orderly end (TCP reset): for a body that was cut.
   * @param error why, for connections that can tell their peer. @default nothing is known
   */
  abort(error?: ProxyError): void
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
  /**
   * Gives up both directions at once, in place of `cancel` and `abort`: for runtimes whose connections outlive their
   * streams.
   */
  readonly giveUp?: () => void
  readonly direct?: DirectConnection
}

export interface ConnectOptions {
  /** Gives up with CONNECT_TIMEOUT after this time; 0 waits for ever. */
  readonly connectTimeoutMs: number
  /** TCP keep-alive probes. */
  readonly keepAlive: boolean
  /** Sends small writes at once (TCP_NODELAY). */
  readonly noDelay: boolean
  /**
   * Says that what is written is requests of HTTP/1.1 and what is to be read their answers: a transport may send the
   * messages by other means than a connection of bytes. `http-messages`: the same, and they are written and read as
   * events; the connection must be one that passes messages. Absent for bytes of any kind.
   */
  readonly protocol?: 'http' | 'http-messages'
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

/** What has counters to show. */
export interface CountedService {
  readonly name: string
  /** Plain data. */
  readonly statistics: object
}

/** Everything Sluice asks of a runtime. Time and chance come through here, so that tests can inject them. */
export interface Transport {
  /** The runtime's name, for messages: `node`. */
  readonly name: string
  readonly capabilities: Capabilities
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
  /**
   * Keeps a service's targets as an origin says, until it is stopped. It keeps no process alive but until the first list.
   * Absent where the runtime has no such sources.
   * @throws INVALID_ARGUMENT for an origin that is none
   */
  discover?(service: DiscoveringService, origin: TargetOrigin, options: DiscoveryOptions): Discovery
  /** Told of each service that requests are sent to, for statistics. Absent where nobody asks for them. */
  uses?(service: CountedService): void
  /** Whether `connect` takes the protocol `http-messages`. @default false */
  readonly takesMessages?: boolean
  /** Milliseconds of a clock that never goes back. */
  now(): number
  /** Calls back once after `delayMs`; a timer keeps no process alive. */
  setTimer(callback: () => void, delayMs: number): Timer
  /** A random number in [0, 1). */
  random(): number
  /** Reads bytes as ISO 8859-1, where the runtime is faster at it than portable code. */
  decodeLatin1?(bytes: Uint8Array, start: number, end: number): string
}
