/** RFC 6455 1.3: what a server appends to the client's key, so that it is seen to have understood. */
const SERVER_ID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** The Sec-WebSocket-Accept that answers a client's Sec-WebSocket-Key (RFC 6455 4.2.2). */
export async function acceptWebSocketKey(key: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(key + SERVER_ID))
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
}
