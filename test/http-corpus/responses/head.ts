/** Status lines and header lines of answers: RFC 9112 4 and 5. What an upstream gets wrong becomes 502. */
import { LIMITS } from '../../../src/limits.ts'
import { answer, badAnswer, seen } from '../build-case.ts'
import type { ResponseCase } from '../corpus-case.ts'

const REST = 'Content-Length: 2\r\n\r\nok'
const OK = 'HTTP/1.1 200 OK'

const GOOD_LINES: readonly ResponseCase[] = [
  ['a reason of several words', 'HTTP/1.1 200 All is well'],
  ['a reason with obs-text', 'HTTP/1.1 200 caf\xe9'],
  ['a space and no reason', 'HTTP/1.1 200 '],
  ['a status that nobody knows', 'HTTP/1.1 299 New'],
  ['a status of an error that nobody knows', 'HTTP/1.1 599 New'],
  ['a reason that lies', 'HTTP/1.1 404 OK'],
  ['a reason that looks like a field', 'HTTP/1.1 200 Content-Length: 5'],
].map(([name = '', line = '']) =>
  answer(`a status line with ${name}`, `${line}\r\n${REST}`, seen(line, [], 'ok'), 'RFC 9112 4'),
)

const MISSING_SPACE = answer(
  'a status line with no reason and no space, which is added',
  `HTTP/1.1 200\r\n${REST}`,
  seen('HTTP/1.1 200 ', [], 'ok'),
  'RFC 9112 4',
)

const BAD_LINES: readonly ResponseCase[] = [
  ['another version', 'HTTP/2.0 200 OK'],
  ['a later minor version', 'HTTP/1.2 200 OK'],
  ['a version in small letters', 'http/1.1 200 OK'],
  ['a version without a minor number', 'HTTP/1 200 OK'],
  ['another protocol', 'ICY 200 OK'],
  ['RTSP', 'RTSP/1.0 200 OK'],
  ['two spaces', 'HTTP/1.1  200 OK'],
  ['a tab', 'HTTP/1.1\t200 OK'],
  ['a tab behind the status', 'HTTP/1.1 200\tOK'],
  ['a status of two digits', 'HTTP/1.1 20 OK'],
  ['a status of four digits', 'HTTP/1.1 2000 OK'],
  ['a status with zeros in front', 'HTTP/1.1 020 OK'],
  ['a status of zero', 'HTTP/1.1 000 OK'],
  ['a status with a sign', 'HTTP/1.1 +20 OK'],
  ['a status in hexadecimal', 'HTTP/1.1 0xC8 OK'],
  ['a status of a fraction', 'HTTP/1.1 200.1 OK'],
  ['a word for a status', 'HTTP/1.1 OK'],
  ['no status', 'HTTP/1.1 '],
  ['a NUL in the reason', 'HTTP/1.1 200 O\0K'],
  ['a bare CR in the reason', 'HTTP/1.1 200 O\rK'],
  ['a bare LF in the reason', 'HTTP/1.1 200 O\nX: y'],
  ['a control character in the reason', 'HTTP/1.1 200 \x1b[2J'],
  ['a DEL in the reason', 'HTTP/1.1 200 \x7f'],
  ['an empty line in front', '\r\nHTTP/1.1 200 OK'],
  ['a space in front', ' HTTP/1.1 200 OK'],
  ['a NUL in front', '\0HTTP/1.1 200 OK'],
  ['a bare LF in front', '\nHTTP/1.1 200 OK'],
].map(([name = '', line = '']) => badAnswer(`a status line with ${name}`, `${line}\r\n${REST}`, 'RFC 9112 4'))

const NO_ANSWERS: readonly ResponseCase[] = [
  badAnswer('a body without a head', '<html>hello</html>\r\n\r\n', 'RFC 9112 4', { ends: true }),
  badAnswer('a request for an answer', 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n', 'RFC 9112 4'),
  badAnswer('the greeting of SSH', 'SSH-2.0-server\r\n\r\n', 'RFC 9112 4'),
  badAnswer('an alert of TLS', '\x15\x03\x03\x00\x02\x02\x46', 'RFC 9112 4'),
  badAnswer('the settings of HTTP/2', '\x00\x00\x00\x04\x00\x00\x00\x00\x00', 'RFC 9113 3.4'),
  badAnswer('nothing', '', 'RFC 9112 8', { ends: true }),
  badAnswer('a part of a status line', 'HTTP/1.1 20', 'RFC 9112 8', { ends: true }),
  badAnswer('a part of a head', `${OK}\r\nContent-Le`, 'RFC 9112 8', { ends: true }),
  badAnswer('a head without its end', `${OK}\r\nContent-Length: 0\r\n`, 'RFC 9112 8', { ends: true }),
]

const FIELDS: readonly ResponseCase[] = [
  ['several cookies', ['Set-Cookie: a=1; Path=/', 'Set-Cookie: b=2']],
  ['a repeated field', ['X: y', 'X: z']],
  ['Date and Server', ['Date: Thu, 01 Jan 1970 00:00:00 GMT', 'Server: b']],
  ['a content coding', ['Content-Encoding: gzip', 'Vary: Accept-Encoding']],
  ['obs-text', ['X: \xff']],
  ['an empty value', ['X:']],
  ['a field named like a property of objects', ['__proto__: y', 'constructor: z']],
].map(([name, fields]) =>
  answer(
    `an answer with ${name as string}`,
    `${OK}\r\n${(fields as string[]).join('\r\n')}\r\n${REST}`,
    seen(OK, fields as string[], 'ok'),
    'RFC 9110 5',
  ),
)

const BAD_FIELDS: readonly ResponseCase[] = [
  ['a space before the colon', 'X : y'],
  ['a space before the colon of Content-Length', 'Content-Length : 5'],
  ['a space before the colon of Transfer-Encoding', 'Transfer-Encoding : chunked'],
  ['no colon', 'X'],
  ['no name', ': y'],
  ['a folded value', 'X: y\r\n z'],
  ['a folded value that hides a length', 'X: y\r\n Content-Length: 5'],
  ['a first line that begins with a space', ' X: y'],
  ['a NUL in the value', 'X: a\0b'],
  ['a NUL in the name', 'X\0: y'],
  ['a bare CR', 'X: a\rb'],
  ['a bare LF and a field behind it', 'X: a\nSet-Cookie: b'],
  ['a bare LF and a whole answer behind it', 'X: a\n\nHTTP/1.1 200 OK\nContent-Length: 0\n\n'],
  ['a control character', 'X: \x01'],
  ['obs-text in a name', 'X\xe9: y'],
  ['a space in a name', 'X Y: z'],
].map(([name = '', line = '']) =>
  badAnswer(`an answer with ${name}`, `${OK}\r\n${line}\r\n${REST}`, 'response splitting, RFC 9112 5'),
)

const many = Array.from({ length: LIMITS.maxHeaderCount }, (_, i) => `X-${i}: y\r\n`).join('')

const SIZES: readonly ResponseCase[] = [
  badAnswer('a head that is too large', `${OK}\r\nX: ${'y'.repeat(LIMITS.maxHeaderBytes)}\r\n${REST}`, 'RFC 9112 5'),
  badAnswer('a reason that is too long', `${OK} ${'y'.repeat(LIMITS.maxHeaderBytes)}\r\n${REST}`, 'RFC 9112 4'),
  badAnswer('too many fields', `${OK}\r\n${many}${REST}`, 'RFC 9112 5'),
  badAnswer('a field without an end', `${OK}\r\nX: ${'y'.repeat(2 * LIMITS.maxHeaderBytes)}`, 'RFC 9112 5'),
]

export const ANSWER_HEAD_CASES: readonly ResponseCase[] = [
  ...GOOD_LINES,
  MISSING_SPACE,
  ...BAD_LINES,
  ...NO_ANSWERS,
  ...FIELDS,
  ...BAD_FIELDS,
  ...SIZES,
]
