import type { FetchRuntime } from '../../src/fetch/fetch-runtime.ts'
import { openBody } from './open-body.ts'

/** What fetch in Workers can do beyond the standard. */
export const workersRuntime: FetchRuntime = {
  openBody,
  createResponse: (body, parts) => {
    const { headers } = parts
    const length = headers.get('content-length')
    // A stream is sent in chunks unless it is one that promises its length.
    const isLengthPromised = length !== null && body instanceof ReadableStream
    const sent = isLengthPromised ? body.pipeThrough(new FixedLengthStream(Number(length))) : body
    // What is compressed already is sent as it is.
    return new Response(sent, headers.has('content-encoding') ? { ...parts, encodeBody: 'manual' } : parts)
  },
  acceptWebSocket: (_, headers) => {
    const { 0: client, 1: server } = new WebSocketPair()
    return { webSocket: server, response: new Response(null, { status: 101, webSocket: client, headers }) }
  },
}
