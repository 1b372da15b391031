const CHUNK = 4096

/** Reads bytes as ISO 8859-1: portable; runtimes bring faster ones. */
export function decodeLatin1(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let i = start; i < end; i += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(i, Math.min(i + CHUNK, end)))
  }
  return text
}
