import type { Encoding } from './events.ts'
import { latin1ToBytes } from './latin1-to-bytes.ts'

const textEncoder = new TextEncoder()

/** Text as bytes. @throws TypeError when it is not of its encoding */
export function encodeText(text: string, encoding: Encoding): Uint8Array {
  switch (encoding) {
    case 'utf8':
      return textEncoder.encode(text)
    case 'latin1':
      if (/[^\0-\xff]/.test(text)) throw invalid(text, encoding)
      return latin1ToBytes(text)
    case 'hex':
      if (text.length % 2 !== 0 || /[^0-9a-fA-F]/.test(text)) throw invalid(text, encoding)
      return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16))
    case 'base64':
      if (text.length % 4 !== 0) throw invalid(text, encoding)
      return base64ToBytes(text, text, encoding)
    case 'base64url':
      if (/[+/]/.test(text)) throw invalid(text, encoding)
      return base64ToBytes(text.replaceAll('-', '+').replaceAll('_', '/'), text, encoding)
    default:
      throw new TypeError(`Cannot encode text: unknown encoding "${String(encoding)}"`)
  }
}

function base64ToBytes(text: string, given: string, encoding: Encoding): Uint8Array {
  const letters = text.replace(/={1,2}$/, '')
  if (letters.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(letters)) throw invalid(given, encoding)
  return latin1ToBytes(atob(letters))
}

function invalid(text: string, encoding: Encoding): TypeError {
  const shown = JSON.stringify(text.slice(0, 40))
  return new TypeError(`Cannot read ${shown} as ${encoding}: its length or a character is not of that encoding`)
}
