/** Header lines: RFC 9112 5, RFC 9110 5. */
import { forward, refuse, seen } from '../build-case.ts'
import type { RequestCase } from '../corpus-case.ts'

const FIRST = 'GET / HTTP/1.1\r\nHost: a\r\n'
const LINE = 'GET / HTTP/1.1'

const KEPT: readonly RequestCase[] = [
  ['without a space behind the colon', ['X:y']],
  ['with several spaces and tabs around the value', ['X: \t y \t ']],
  ['with an empty value', ['X:']],
  ['with a value of white space', ['X:  \t ']],
  ['with tabs and spaces inside the value', ['X: a \t b']],
  ['with a colon in the value', ['X: a:b: c']],
  ['with quotes, commas and semicolons in the value', ['X: "a, b"; c="d\\"", e']],
  ['with obs-text in the value', ['X: \x80\xff caf\xc3\xa9']],
  ['with a no-break space at the ends of the value', ['X: \xa0y\xa0']],
  ['with a name of all characters that a token has', ["!#$%&'*+-.^_`|~09azAZ: y"]],
  ['with a name in capitals', ['X-UPPER: y']],
  ['repeated, with the same value', ['X: y', 'X: y']],
  ['repeated, in other case', ['X: 1', 'x: 2']],
  ['of cookies, one each', ['Cookie: a=1', 'Cookie: b=2']],
  ['named like a property of objects', ['constructor: y', '__proto__: z']],
  ['that looks like a request', ['GET: / HTTP/1.1']],
  ['that other software reads as one with a hyphen', ['X_User: root']],
].map(([name, fields]) =>
  forward(
    `a field ${name as string}`,
    `${FIRST}${(fields as string[]).join('\r\n')}\r\n\r\n`,
    seen(LINE, ['Host: a', ...(fields as string[])]),
    'RFC 9112 5',
  ),
)

const BAD_NAMES: readonly RequestCase[] = [
  ['a space before the colon', 'X : y'],
  ['a tab before the colon', 'X\t: y'],
  ['a vertical tab before the colon', 'X\x0b: y'],
  ['a NUL before the colon', 'X\0: y'],
  ['a no-break space before the colon', 'X\xa0: y'],
  ['a space inside', 'X Y: z'],
  ['no characters', ': y'],
  ['no characters, two colons', ':: y'],
  ['a pseudo-header of HTTP/2', ':method: POST'],
  ['a bare LF inside', 'X\nY: z'],
  ['a bare CR inside', 'X\rY: z'],
  ['a parenthesis', 'X(Y): z'],
  ['a slash', 'X/Y: z'],
  ['a comma', 'X,Y: z'],
  ['a semicolon', 'X;Y: z'],
  ['an equals sign', 'X=Y: z'],
  ['an at sign', 'X@Y: z'],
  ['a bracket', 'X[Y]: z'],
  ['a brace', 'X{Y}: z'],
  ['quotes', '"X": z'],
  ['a backslash', 'X\\Y: z'],
  ['a less-than sign', '<X>: z'],
  ['a question mark', 'X?: z'],
  ['a control character', 'X\x01: z'],
  ['a DEL', 'X\x7f: z'],
  ['obs-text', 'X\xe9: z'],
  ['a letter that lower case makes an ASCII one', 'X\xe2\x84\xaaY: z'],
].map(([name = '', line = '']) => refuse(400, `a field name with ${name}`, `${FIRST}${line}\r\n\r\n`, 'RFC 9110 5.1'))

const BAD_VALUES: readonly RequestCase[] = [
  ['a NUL', 'X: a\0b'],
  ['a NUL at its end', 'X: a\0'],
  ['a bare CR', 'X: a\rb'],
  ['a bare CR at its end', 'X: a\r'],
  ['a bare LF and a field behind it', 'X: a\nY: b'],
  ['a bare LF and an attempt at chunks behind it', 'X: a\nTransfer-Encoding: chunked'],
  ['CR and a field behind it', 'X: a\rTransfer-Encoding: chunked'],
  ['a vertical tab', 'X: a\x0bb'],
  ['a form feed', 'X: a\x0cb'],
  ['a backspace', 'X: a\x08b'],
  ['an escape character', 'X: a\x1b[2Jb'],
  ['a DEL', 'X: a\x7fb'],
  ['a unit separator', 'X: a\x1fb'],
].map(([name = '', line = '']) => refuse(400, `a field value with ${name}`, `${FIRST}${line}\r\n\r\n`, 'RFC 9110 5.5'))

const FOLDED: readonly RequestCase[] = [
  ['by a space', 'X: a\r\n b'],
  ['by a tab', 'X: a\r\n\tb'],
  ['onto an empty line', 'X: a\r\n \r\n'],
  ['before its value', 'X:\r\n a'],
  ['in Host', 'X: y\r\nHost: b\r\n .c'],
  ['to hide a length', 'X: a\r\n Content-Length: 5'],
  ['to hide a coding', 'X: a\r\n Transfer-Encoding: chunked'],
  ['in Content-Length', 'Content-Length:\r\n 5'],
  ['in Transfer-Encoding', 'Transfer-Encoding:\r\n chunked'],
  ['in Transfer-Encoding behind a comma', 'Transfer-Encoding: chunked,\r\n identity'],
].map(([name = '', line = '']) =>
  refuse(400, `a field folded ${name}`, `${FIRST}${line}\r\n\r\n`, 'obs-fold, RFC 9112 5.2'),
)

const LINES: readonly RequestCase[] = [
  refuse(400, 'a line without a colon', `${FIRST}X\r\n\r\n`, 'RFC 9112 5'),
  refuse(400, 'a line without a colon between two fields', `${FIRST}X\r\nY: z\r\n\r\n`, 'RFC 9112 5'),
  refuse(400, 'a first field that begins with a space', `${LINE}\r\n Host: a\r\n\r\n`, 'RFC 9112 2.2'),
  refuse(400, 'a first field that begins with a tab', `${LINE}\r\n\tX: y\r\nHost: a\r\n\r\n`, 'RFC 9112 2.2'),
  refuse(400, 'a request line that ends in LF', `${LINE}\nHost: a\r\n\r\n`, 'bare LF, RFC 9112 2.2'),
  refuse(400, 'a field that ends in LF', `${LINE}\r\nHost: a\n\r\n`, 'bare LF, RFC 9112 2.2'),
  refuse(400, 'a head that ends in LF', `${LINE}\r\nHost: a\r\n\n`, 'bare LF, RFC 9112 2.2'),
  refuse(400, 'a head of LF only', `${LINE}\nHost: a\n\n`, 'bare LF, RFC 9112 2.2'),
  refuse(400, 'a head of CR only', `${LINE}\rHost: a\r\r`, 'bare CR, RFC 9112 2.2'),
  refuse(400, 'a head that ends in CR CR LF', `${LINE}\r\nHost: a\r\n\r\r\n`, 'bare CR, RFC 9112 2.2'),
  refuse(400, 'a line break turned round', `${LINE}\n\rHost: a\n\r\n\r`, 'bare LF, RFC 9112 2.2'),
  refuse(400, 'a NUL at the end of the head', `${LINE}\r\nHost: a\r\n\0\r\n`, 'RFC 9112 5'),
]

/** Refused although more could come: no line goes on like that. */
const TOO_EARLY: readonly RequestCase[] = [
  {
    ...refuse(400, 'a bare CR behind which the line does not end', '', 'bare CR, RFC 9112 2.2'),
    bytes: `${FIRST}X: a\rb`,
  },
  { ...refuse(400, 'a NUL behind which the line does not end', '', 'RFC 9110 5.5'), bytes: `${FIRST}X: a\0b` },
]

export const HEADER_LINE_CASES: readonly RequestCase[] = [
  ...KEPT,
  ...BAD_NAMES,
  ...BAD_VALUES,
  ...FOLDED,
  ...LINES,
  ...TOO_EARLY,
]
