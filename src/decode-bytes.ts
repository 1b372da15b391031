import type { Encoding } from './events.ts'

const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes as text; undefined when they are not valid UTF-8 and that is what is asked for. @throws TypeError for an unknown encoding */
export function decodeBytes(bytes: Uint8Array, encoding: Encoding): string | undefined {
  switch (encoding) {
    case 'utf8':
      try {
        return strictDecoder.decode(bytes)
      } catch {
        // Pipy tells invalid UTF-8 by undefined, so that a script can ask without catching.
        return undefined
      }
    case 'latin1':
      return bytesToLatin1(bytes)
    case 'hex':
      return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
    case 'base64':
      return btoa(bytesToLatin1(bytes))
    case 'base64url':
      return btoa(bytesToLatin1(bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
    default:
      throw new TypeError(`Cannot decode bytes: unknown encoding "${String(encoding)}"`)
  }
}

function bytesToLatin1(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return text
}
