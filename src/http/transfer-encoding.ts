import type { HeadParser } from './head-parser.ts'
import { trimBlanks } from './trim-blanks.ts'

/**
 * Reads a Transfer-Encoding field: `chunked` is the only coding that Sluice understands (RFC 9112 6.1). Any other form
 * of it, and any list, is refused: it is what parsers disagree about.
 * @throws INVALID_TRANSFER_ENCODING, or UNSUPPORTED_TRANSFER_CODING for codings that a server need not know
 */
export function readTransferEncoding(parser: HeadParser, value: string): void {
  if (value.toLowerCase() === 'chunked') return
  const codings = value.split(',').map((coding) => trimBlanks(coding).toLowerCase())
  const isKnownKind = codings.every((coding) => /^(?:x-)?(?:gzip|compress)$|^deflate$|^chunked$/.test(coding))
  const isWellFormed = isKnownKind && codings.at(-1) === 'chunked' && codings.indexOf('chunked') === codings.length - 1
  const code = isWellFormed ? 'UNSUPPORTED_TRANSFER_CODING' : 'INVALID_TRANSFER_ENCODING'
  throw parser.refuse(code, `Cannot read Transfer-Encoding "${value.slice(0, 200)}": only "chunked" is understood`)
}
