/**
 * What reads and writes HTTP on a connection, whether as bytes or as events. The engine hands it on from whoever runs the
 * proxy to the filters that use it.
 */
import type { ProxyError } from './errors.ts'
import type { Data, MessageEnd, MessageStart, Receiver } from './events.ts'

/** What a head may have at most. */
export interface HeadLimits {
  /** Start line and header lines together. */
  readonly maxHeaderBytes: number
  readonly maxHeaderCount: number
  /** The target of a request's start line. */
  readonly maxTargetBytes: number
}

/** What a reader has to know. */
export interface MessageReaderOptions {
  /** Requests, or answers. */
  readonly isRequest: boolean
  /** @default those of LIMITS */
  readonly limits?: HeadLimits | undefined
  /** Reads bytes as ISO 8859-1, where the runtime is faster at it. */
  readonly decodeLatin1?: ((bytes: Uint8Array, start: number, end: number) => string) | undefined
}

/**
 * Reads one message after the other from what a connection gives, and outputs MessageStart with a MessageHead, Data,
 * MessageEnd.
 */
export interface MessageReader {
  /** Of a reader of answers: the method of the request that the next one answers. An answer to HEAD has no body. */
  requestMethod: string
  /** Set by the receiver of an event: `decode` returns before it reads another message. */
  isHalted: boolean
  /** Whether a message has begun and is not over; part of a head counts. */
  readonly isInMessage: boolean
  /** Whether a head has begun and is not over. */
  readonly isInHead: boolean
  /** Whether the body being read lasts until the connection ends. */
  readonly isUntilClose: boolean
  /** Behind the message that is being read the connection speaks another protocol: its bytes are output as they are. */
  tunnel(): void
  /**
   * Reads bytes and outputs the events in them.
   * @returns how many bytes of the data were read: all, unless the reader was halted
   * @throws ProxyError when the bytes are no HTTP; the reader is of no use then
   */
  decode(data: Data): number
  /** The connection has ended. @returns TRUNCATED_MESSAGE when that cut a message off */
  end(): ProxyError | undefined
}

/** What a message's head alone does not say of how it is sent. */
export interface MessageSettings {
  /** Of the request that is answered: an answer to HEAD has no body. */
  readonly requestMethod: string
  /** Of the request that is answered: HTTP/1.0 knows no chunks. */
  readonly minorVersion: number
  /** Whether the connection is to stay open. */
  readonly isPersistent: boolean
  /** The protocols to ask for, or to switch to; empty for none. */
  readonly upgrade: string
  /** The name of this proxy in the Via of a message that is passed on (RFC 9110 7.6.3); empty leaves it out. */
  readonly via: string
}

/**
 * Writes one message after the other to a connection. The methods give back an error instead of throwing it:
 * INVALID_OUTPUT for a head that cannot be sent, LENGTH_MISMATCH for a body that is not as long as its head says.
 * Nothing more may be written then.
 */
export interface MessageWriter {
  /** Whether something of the current message has left. */
  readonly hasWrittenHead: boolean
  /** Whether the connection has to be closed after the current message: told to the peer, or what ends the body. */
  readonly isLast: boolean
  /** @param settings those of a plain message when missing */
  start(event: MessageStart, settings?: MessageSettings): ProxyError | undefined
  data(event: Data): ProxyError | undefined
  end(event: MessageEnd): ProxyError | undefined
  /** Writes an interim answer (RFC 9110 15.2) ahead of the answer. */
  interim(event: MessageStart): ProxyError | undefined
}

/** HTTP/1.1 as bytes: what a proxy is given that has connections of bytes. */
export interface HttpCodec {
  /** Makes messages of bytes. */
  read(options: MessageReaderOptions, output: Receiver): MessageReader
  /** Makes bytes of messages. */
  write(isRequest: boolean, output: Receiver): MessageWriter
}
