const KEY_BYTES = 16

/** A Sec-WebSocket-Key: 16 random bytes in base64 (RFC 6455 4.1). @param random gives numbers in [0, 1) */
export function createWebSocketKey(random: () => number): string {
  let bytes = ''
  for (let i = 0; i < KEY_BYTES; i++) bytes += String.fromCharCode(Math.floor(random() * 256))
  return btoa(bytes)
}
