/** Bodies of a told length: RFC 9112 6.2 and 6.3, RFC 9110 8.6. */
import { forward, refuse, refuseCutOff, seen, SMUGGLED } from '../build-case.ts'
import type { RequestCase } from '../corpus-case.ts'

const LINE = 'POST / HTTP/1.1'
const FIRST = `${LINE}\r\nHost: a\r\n`
const post = (fields: string, body = 'hello'): string => `${FIRST}${fields}\r\n\r\n${body}`

const GOOD: readonly RequestCase[] = [
  ['digits', 'Content-Length: 5'],
  ['a zero in front', 'Content-Length: 05'],
  ['many zeros in front', `Content-Length: ${'0'.repeat(40)}5`],
  ['no white space', 'Content-Length:5'],
  ['tabs around it', 'Content-Length:\t5\t'],
  ['spaces around it', 'Content-Length:   5   '],
  ['its name in capitals', 'CONTENT-LENGTH: 5'],
].map(([name = '', field = '']) =>
  forward(`Content-Length with ${name}`, post(field), seen(LINE, ['Host: a'], 'hello'), 'RFC 9110 8.6'),
)

const METHODS: readonly RequestCase[] = ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'FOO'].map((method) => {
  const line = `${method} / HTTP/1.1`
  const bytes = `${line}\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello`
  return forward(`${method} with a body of a length`, bytes, seen(line, ['Host: a'], 'hello'), 'RFC 9110 9.3.1')
})

const BODIES: readonly RequestCase[] = [
  forward('a length of zero', post('Content-Length: 0', ''), seen(LINE, ['Host: a'], ''), 'RFC 9112 6.3'),
  forward(
    'a length of zero for GET',
    `GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`,
    seen('GET / HTTP/1.1', ['Host: a'], ''),
    'CL.0',
  ),
  forward(
    'a length of a hundred zeros',
    post(`Content-Length: ${'0'.repeat(100)}`, ''),
    seen(LINE, ['Host: a'], ''),
    'CL.0',
  ),
  forward(
    'a body that looks like a request',
    post(`Content-Length: ${SMUGGLED.length}`, SMUGGLED),
    seen(LINE, ['Host: a'], SMUGGLED),
    'CL.0, RFC 9112 6.3',
  ),
  forward(
    'a body of GET that looks like a request',
    `GET / HTTP/1.1\r\nHost: a\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    seen('GET / HTTP/1.1', ['Host: a'], SMUGGLED),
    'CL.0, RFC 9110 9.3.1',
  ),
  forward(
    'a body of chunks without the coding',
    post('Content-Length: 5', '0\r\n\r\n'),
    seen(LINE, ['Host: a'], '0\r\n\r\n'),
    'CL.TE',
  ),
  forward(
    'a body of all bytes',
    post('Content-Length: 256', ALL_BYTES()),
    seen(LINE, ['Host: a'], ALL_BYTES()),
    'RFC 9112 6',
  ),
  forward('POST without a body or a length', `${FIRST}\r\n`, seen(LINE, ['Host: a'], ''), 'RFC 9112 6.3, RFC 9110 8.6'),
  forward(
    'HTTP/1.0 with a length',
    'POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello',
    seen(LINE, ['Host: '], 'hello'),
    'RFC 9112 6.3',
    { closes: true },
  ),
  forward(
    'a field whose name looks like Content-Length',
    'GET / HTTP/1.1\r\nHost: a\r\nContent_Length: 5\r\nContent-Length-X: 5\r\nXContent-Length: 5\r\n\r\n',
    seen('GET / HTTP/1.1', ['Host: a', 'Content_Length: 5', 'Content-Length-X: 5', 'XContent-Length: 5']),
    'header-name tricks',
  ),
]

function ALL_BYTES(): string {
  return Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('')
}

const BAD_LENGTHS: readonly RequestCase[] = [
  ['a plus', '+5'],
  ['a minus', '-5'],
  ['minus zero', '-0'],
  ['a minus alone', '-'],
  ['a fraction', '5.0'],
  ['an exponent', '5e0'],
  ['hexadecimal', '0x5'],
  ['hexadecimal letters', '5a'],
  ['octal of a language', '0o5'],
  ['a thousands separator', '1_000'],
  ['an apostrophe in it', "1'000"],
  ['a suffix', '5;'],
  ['a parameter', '5; q=1'],
  ['quotes', '"5"'],
  ['a word', 'five'],
  ['nothing', ''],
  ['white space alone', ' \t '],
  ['a space inside', '5 5'],
  ['a tab inside', '5\t5'],
  ['a list of the same', '5, 5'],
  ['a list of the same without a space', '5,5'],
  ['a list of others', '5, 6'],
  ['a comma behind', '5,'],
  ['a comma in front', ',5'],
  ['a comma alone', ','],
  ['a NUL behind', '5\0'],
  ['a NUL in front', '\x005'],
  ['a vertical tab in front', '\x0b5'],
  ['a form feed behind', '5\x0c'],
  ['a bare CR behind', '5\r'],
  ['a bare CR inside', '\r5'],
  ['a bare LF in front', '\n5'],
  ['a no-break space behind', '5\xa0'],
  ['a digit of another script', '\xd9\xa5'],
  ['a fullwidth digit', '\xef\xbc\x95'],
  ['a superscript digit', '\xb2'],
  ['infinity', 'Infinity'],
  ['no number', 'NaN'],
  ['a comment', '5 (five)'],
  ['2 to the 53rd', '9007199254740992'],
  ['2 to the 63rd', '9223372036854775808'],
  ['2 to the 64th and five, which wraps to five', '18446744073709551621'],
  ['2 to the 32nd and five times 2 to the 32nd, which wraps', '92233720368547758085'],
  ['four hundred digits', '9'.repeat(400)],
].map(([name = '', value = '']) =>
  refuse(400, `Content-Length of ${name}`, post(`Content-Length: ${value}`), 'RFC 9110 8.6, RFC 9112 6.3'),
)

const REPEATED: readonly RequestCase[] = [
  ['the same twice', 'Content-Length: 5\r\nContent-Length: 5'],
  ['two values', 'Content-Length: 5\r\nContent-Length: 6'],
  ['zero and another', 'Content-Length: 0\r\nContent-Length: 5'],
  ['another and zero', 'Content-Length: 5\r\nContent-Length: 0'],
  ['in other case', 'Content-Length: 5\r\ncontent-length: 0'],
  ['with fields in between', 'Content-Length: 5\r\nX: y\r\nContent-Length: 0'],
  ['three times', 'Content-Length: 5\r\nContent-Length: 5\r\nContent-Length: 5'],
  ['the second empty', 'Content-Length: 5\r\nContent-Length:'],
  ['the second with zeros in front', 'Content-Length: 5\r\nContent-Length: 05'],
].map(([name = '', fields = '']) =>
  refuse(400, `Content-Length repeated: ${name}`, post(fields), 'CL.CL, RFC 9112 6.3'),
)

const NAMES: readonly RequestCase[] = [
  ['a space before the colon', 'Content-Length : 5'],
  ['a tab before the colon', 'Content-Length\t: 5'],
  ['a NUL before the colon', 'Content-Length\0: 5'],
  ['a space in front', ' Content-Length: 5'],
  ['a bare LF in front', 'X: y\nContent-Length: 5'],
  ['a bare CR in front', 'X: y\rContent-Length: 5'],
  ['a carriage return before the colon', 'Content-Length\r: 5'],
].map(([name = '', field = '']) =>
  refuse(400, `the name Content-Length with ${name}`, post(field), 'header-name tricks, RFC 9112 5.1'),
)

const CUT_OFF: readonly RequestCase[] = [
  refuseCutOff('a client that leaves in the request line', 'GET / HT', '', 'RFC 9112 8'),
  refuseCutOff('a client that leaves in a field', `${FIRST}X: y`, '', 'RFC 9112 8'),
  refuseCutOff('a client that leaves before the end of the head', `${FIRST}X: y\r\n`, '', 'RFC 9112 8'),
  refuseCutOff('a client that leaves before a body of a length', post('Content-Length: 5', ''), '', 'RFC 9112 8'),
  refuseCutOff('a client that leaves in a body of a length', post('Content-Length: 5', ''), 'hel', 'RFC 9112 8'),
]

export const CONTENT_LENGTH_CASES: readonly RequestCase[] = [
  ...GOOD,
  ...METHODS,
  ...BODIES,
  ...BAD_LENGTHS,
  ...REPEATED,
  ...NAMES,
  ...CUT_OFF,
]
