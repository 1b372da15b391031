import { http1 } from '../http/http1.ts'
import type { HttpCodec } from '../http-codec.ts'
import type { MessageConnection } from '../streams/message-connection.ts'
import type { Connection } from '../transport.ts'
import { BytesOverMessages, type BytesOverMessagesOptions } from './bytes-over-messages.ts'
import { MessagesOverBytes } from './messages-over-bytes.ts'

/** Between messages that come and go by fetch and the bytes of HTTP/1.1, both ways. */
export interface ByteTranslation {
  readonly http1: HttpCodec
  /** For filters that look at bytes. */
  toBytes(connection: MessageConnection, options: Omit<BytesOverMessagesOptions, 'http1'>): Connection
  /** For connections of bytes to upstreams. */
  toMessages(connection: Connection): Connection
}

/**
 * What a proxy needs beside fetch when it has sockets, or filters that look at bytes. As the codec itself it is handed to
 * where it is used, and not imported there.
 */
export const byteTranslation: ByteTranslation = {
  http1,
  toBytes: (connection, options) => new BytesOverMessages(connection, { ...options, http1 }),
  toMessages: (connection) => new MessagesOverBytes(connection, http1),
}
