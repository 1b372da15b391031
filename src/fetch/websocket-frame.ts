const SHORT = 125
const MAX_UINT16 = 65_535

/**
 * Writes a message, or a control message, as one frame (RFC 6455 5.2).
 * @param mask 32 bits that nobody can foresee, of a client; a server masks nothing
 */
export function writeWebSocketFrame(opcode: number, payload: Uint8Array, mask?: number): Uint8Array<ArrayBuffer> {
  const { length } = payload
  const lengthBytes = length <= SHORT ? 0 : length <= MAX_UINT16 ? 2 : 8
  const maskStart = 2 + lengthBytes
  const start = maskStart + (mask === undefined ? 0 : 4)
  const frame = new Uint8Array(start + length)
  const view = new DataView(frame.buffer)
  frame[0] = 0x80 | opcode
  frame[1] = (lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127) | (mask === undefined ? 0 : 0x80)
  if (lengthBytes === 2) view.setUint16(2, length)
  if (lengthBytes === 8) {
    view.setUint32(2, Math.floor(length / 2 ** 32))
    view.setUint32(6, length >>> 0)
  }
  frame.set(payload, start)
  if (mask === undefined) return frame
  view.setUint32(maskStart, mask)
  for (let i = 0; i < length; i++) {
    frame[start + i] = (frame[start + i] as number) ^ (frame[maskStart + (i & 3)] as number)
  }
  return frame
}
