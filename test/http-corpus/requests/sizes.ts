/** Too much of anything: RFC 9112 3 and 5, RFC 6585 5. Limits are those of src/limits.ts, which every proxy begins with. */
import { LIMITS } from '../../../src/limits.ts'
import { forward, refuse, seen } from '../build-case.ts'
import type { RequestCase } from '../corpus-case.ts'

const { maxHeaderBytes, maxHeaderCount, maxTargetBytes } = LIMITS
const LINE = 'GET / HTTP/1.1'
const HOST = 'Host: a\r\n'

function lines(count: number, text = (i: number) => `X-${i}: y`): string[] {
  return Array.from({ length: count }, (_, i) => text(i))
}

/** A head of a size, with one field that fills it up. */
function filled(size: number): { readonly bytes: string; readonly field: string } {
  const field = `X: ${'y'.repeat(size - `${LINE}\r\n${HOST}X: \r\n\r\n`.length)}`
  return { bytes: `${LINE}\r\n${HOST}${field}\r\n\r\n`, field }
}

const most = lines(maxHeaderCount - 1)
const longest = `/${'a'.repeat(maxTargetBytes - 1)}`
const full = filled(maxHeaderBytes)

export const SIZE_CASES: readonly RequestCase[] = [
  forward(
    'the longest target',
    `GET ${longest} HTTP/1.1\r\n${HOST}\r\n`,
    seen(`GET ${longest} HTTP/1.1`),
    'RFC 9112 3',
  ),
  refuse(414, 'a target that is one byte too long', `GET ${longest}a HTTP/1.1\r\n${HOST}\r\n`, 'RFC 9112 3'),
  refuse(
    414,
    'a target that is much too long',
    `GET /${'a'.repeat(3 * maxTargetBytes)} HTTP/1.1\r\n${HOST}\r\n`,
    'RFC 9112 3',
  ),
  refuse(414, 'a query that is too long', `GET /?${'a'.repeat(maxTargetBytes)} HTTP/1.1\r\n${HOST}\r\n`, 'RFC 9112 3'),
  refuse(414, 'a target without an end', `GET /${'a'.repeat(2 * maxHeaderBytes)}`, 'RFC 9112 3'),
  refuse(
    414,
    'a method that is larger than a head may be',
    `${'A'.repeat(2 * maxHeaderBytes)} / HTTP/1.1\r\n${HOST}\r\n`,
    'RFC 9112 3',
  ),
  forward('the largest head', full.bytes, seen(LINE, ['Host: a', full.field]), 'RFC 6585 5'),
  refuse(431, 'a head that is one byte too large', filled(maxHeaderBytes + 1).bytes, 'RFC 6585 5'),
  refuse(
    431,
    'a field name that is too large',
    `${LINE}\r\n${HOST}${'X'.repeat(maxHeaderBytes)}: y\r\n\r\n`,
    'RFC 6585 5',
  ),
  refuse(
    431,
    'a field value that is too large',
    `${LINE}\r\n${HOST}X: ${'y'.repeat(4 * maxHeaderBytes)}\r\n\r\n`,
    'RFC 6585 5',
  ),
  refuse(431, 'a field value without an end', `${LINE}\r\n${HOST}X: ${'y'.repeat(2 * maxHeaderBytes)}`, 'RFC 6585 5'),
  refuse(431, 'a Host that is too large', `${LINE}\r\nHost: ${'a'.repeat(maxHeaderBytes)}\r\n\r\n`, 'RFC 6585 5'),
  refuse(431, 'white space without an end', `${LINE}\r\n${HOST}X:${' '.repeat(2 * maxHeaderBytes)}`, 'RFC 6585 5'),
  refuse(
    431,
    'fields that are too large together',
    `${LINE}\r\n${HOST}${lines(20, (i) => `X-${i}: ${'y'.repeat(1000)}`).join('\r\n')}\r\n\r\n`,
    'RFC 6585 5',
  ),
  forward(
    'the most fields',
    `${LINE}\r\n${HOST}${most.join('\r\n')}\r\n\r\n`,
    seen(LINE, ['Host: a', ...most]),
    'RFC 6585 5',
  ),
  refuse(431, 'one field too many', `${LINE}\r\n${HOST}${lines(maxHeaderCount).join('\r\n')}\r\n\r\n`, 'RFC 6585 5'),
  refuse(
    431,
    'a thousand empty fields',
    `${LINE}\r\n${HOST}${lines(1000, () => 'X:').join('\r\n')}\r\n\r\n`,
    'RFC 6585 5',
  ),
]
