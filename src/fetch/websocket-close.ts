/** How a WebSocket ends (RFC 6455 7.4): with a code and a reason, or without either. */
export interface WebSocketClose {
  /** Undefined in a close frame without content. */
  readonly code: number | undefined
  readonly reason: string
}

/** Codes of the ends that frames may name (RFC 6455 7.4.1 and the registry that it opens). */
export const WEBSOCKET_CLOSE = {
  protocolError: 1002,
  /** Says in programs that a close frame had no code; no frame says it. */
  none: 1005,
  /** Says in programs that there was no close frame; no frame says it. */
  abnormal: 1006,
  invalidText: 1007,
  tooLarge: 1009,
  internalError: 1011,
} as const

/** Whether a close frame may say the code: 1004 to 1006 and 1015 are for programs, what is below 1000 for nobody. */
export function mayCloseWith(code: number): boolean {
  if (code >= 3000) return code <= 4999
  return code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)
}
