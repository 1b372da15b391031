import { Buffer } from 'node:buffer'

const { latin1Slice } = Buffer.prototype

/** Bytes as ISO 8859-1 text, by the runtime's own copy loop. */
export function decodeLatin1(bytes: Uint8Array, start: number, end: number): string {
  return latin1Slice.call(bytes, start, end)
}
