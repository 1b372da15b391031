const BYTES_PER_LINE = 16

/** Bytes as lines of offset, hexadecimal digits and printable ASCII, sixteen bytes each. */
export function hexDump(bytes: Uint8Array): string[] {
  const lines: string[] = []
  for (let offset = 0; offset < bytes.length; offset += BYTES_PER_LINE) {
    lines.push(toLine(offset, bytes.subarray(offset, offset + BYTES_PER_LINE)))
  }
  return lines
}

function toLine(offset: number, bytes: Uint8Array): string {
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
  const text = Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
  return `${offset.toString(16).padStart(8, '0')}  ${digits.padEnd(BYTES_PER_LINE * 3 - 1)}  ${text}`
}
