import type { FetchRuntime } from '../../src/fetch/fetch-runtime.ts'
import { passBody } from './pass-body.ts'
import { ByteReader } from '../../src/streams/byte-reader.ts'

/** What fetch in Workers can do beyond the standard. */
export const workersRuntime: FetchRuntime = {
  openBody: (body) => new ByteReader(body),
  passBody,
  fieldEncoding: 'utf8',
  createResponse: (body, parts) => {
    const { headers } = parts
    const length = body instanceof ReadableStream ? headers.get('content-length') : null
    // A stream is sent in chunks unless it is one that promises its length.
    const isLengthPromised = length !== null && parts.isBodyFramed !== true
    const sent = isLengthPromised
      ? (body as ReadableStream<Uint8Array>).pipeThrough(new FixedLengthStream(Number(length)))
      : body
    // What is compressed already is sent as it is.
    return new Response(sent, headers.has('content-encoding') ? { ...parts, encodeBody: 'manual' } : parts)
  },
  acceptWebSocket: (_, headers) => {
    const { 0: client, 1: server } = new WebSocketPair()
    return { webSocket: server, response: new Response(null, { status: 101, webSocket: client, headers }) }
  },
}
