import type { HttpCodec } from '../http-codec.ts'
import { MessageDecoder } from './message-decoder.ts'
import { MessageEncoder } from './message-encoder.ts'

/**
 * The codec of HTTP/1.1 (RFC 9112). It is handed to where it is used, and not imported there: a proxy that only passes
 * messages between Request and Response, as a Worker does, is smaller without it.
 */
export const http1: HttpCodec = {
  read: (options, output) => new MessageDecoder(options, output),
  write: (isRequest, output) => new MessageEncoder(isRequest, output),
}
