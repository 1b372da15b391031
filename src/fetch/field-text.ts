/**
 * How a runtime's Headers read the bytes of field values: as ISO 8859-1, as the standard says (WHATWG fetch, "isomorphic
 * decode"), or as UTF-8, as workerd does.
 */
export type FieldEncoding = 'latin1' | 'utf8'

const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const ENCODER = new TextEncoder()
const NOT_ASCII = /[^\0-\x7f]/

/** Field values between the text of a head, where each character is a byte, and that of a runtime's Headers. */
export class FieldText {
  readonly #isUtf8: boolean

  constructor(encoding: FieldEncoding) {
    this.#isUtf8 = encoding === 'utf8'
  }

  /**
   * For Headers. Bytes that are no UTF-8 are read as ISO 8859-1; a runtime of UTF-8 sends each as two then.
   */
  toHeaders(value: string): string {
    if (!this.#isUtf8 || !NOT_ASCII.test(value)) return value
    try {
      return DECODER.decode(Uint8Array.from(value, (character) => character.charCodeAt(0)))
    } catch {
      return value
    }
  }

  /** From Headers. */
  toHead(value: string): string {
    if (!this.#isUtf8 || !NOT_ASCII.test(value)) return value
    return Array.from(ENCODER.encode(value), (byte) => String.fromCharCode(byte)).join('')
  }
}
