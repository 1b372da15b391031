/** The kinds of frames (RFC 6455 5.2); from `close` on they are about the connection and never in pieces. */
export const WEBSOCKET_OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const
