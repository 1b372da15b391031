/**
 * What a bridge uses of a WebSocket: the standard's object, and that of Workers, which has to be accepted first
 * (WHATWG WebSockets).
 */
export interface WebSocketLike {
  binaryType?: string
  /** Of Workers: from here on the messages come to this program. */
  accept?(): void
  send(message: string | Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: 'close', listener: (event: { readonly code: number; readonly reason: string }) => void): void
  addEventListener(type: 'error', listener: () => void): void
}
