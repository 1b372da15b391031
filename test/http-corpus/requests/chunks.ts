/** Chunks, their sizes and extensions: RFC 9112 7.1, 7.1.1. */
import { CHUNKED_HEAD, forward, refuseBody, refuseCutOff, seenChunked, SMUGGLED } from '../build-case.ts'
import type { RequestCase } from '../corpus-case.ts'

const LINE = 'POST / HTTP/1.1'
const LAST = '0\r\n\r\n'

const GOOD: readonly RequestCase[] = [
  ['one chunk of one byte', `1\r\nh\r\n${LAST}`, 'h'],
  ['several chunks', `1\r\nh\r\n3\r\nell\r\n1\r\no\r\n${LAST}`, 'hello'],
  ['no chunk but the last', LAST, ''],
  ['a last chunk of several zeros', '5\r\nhello\r\n000\r\n\r\n', 'hello'],
  ['a size with zeros in front', `0005\r\nhello\r\n${LAST}`, 'hello'],
  ['a size in hexadecimal, small letters', `a\r\n0123456789\r\n${LAST}`, '0123456789'],
  ['a size in hexadecimal, capitals', `1A\r\nabcdefghijklmnopqrstuvwxyz\r\n${LAST}`, 'abcdefghijklmnopqrstuvwxyz'],
  ['a chunk that looks like the last one', `5\r\n0\r\n\r\n\r\n${LAST}`, '0\r\n\r\n'],
  ['a chunk that looks like a request', `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n${LAST}`, SMUGGLED],
  ['a chunk of line breaks', `4\r\n\r\n\r\n\r\n${LAST}`, '\r\n\r\n'],
  ['an extension', `5;a\r\nhello\r\n${LAST}`, 'hello'],
  ['an extension with a value', `5;a=b\r\nhello\r\n${LAST}`, 'hello'],
  ['an extension with a value in quotes', `5;a="b;c\\"d"\r\nhello\r\n${LAST}`, 'hello'],
  ['extensions with white space between the parts', `5 ; a = b\t;\tc\r\nhello\r\n${LAST}`, 'hello'],
  ['an extension of the last chunk', '5\r\nhello\r\n0;a=b\r\n\r\n', 'hello'],
].map(([name = '', body = '', content = '']) =>
  forward(`a body with ${name}`, CHUNKED_HEAD + body, seenChunked(LINE, ['Host: a'], content), 'RFC 9112 7.1'),
)

const BAD_SIZES: readonly RequestCase[] = [
  ['nothing', ''],
  ['a space', ' '],
  ['a minus', '-1'],
  ['minus zero', '-0'],
  ['a plus', '+5'],
  ['a prefix', '0x5'],
  ['a letter that is no digit', 'g'],
  ['a digit and a letter that is none', '5g'],
  ['a fraction', '5.0'],
  ['an underscore', '0_5'],
  ['a space in front', ' 5'],
  ['a tab in front', '\t5'],
  ['a space behind', '5 '],
  ['a tab behind', '5\t'],
  ['a space inside', '5 5'],
  ['a comma', '5,5'],
  ['quotes', '"5"'],
  ['a NUL behind', '5\0'],
  ['a NUL in front', '\x005'],
  ['a vertical tab behind', '5\x0b'],
  ['a bare CR behind', '5\r'],
  ['a bare CR in front', '\r5'],
  ['a bare CR and a word', '5\rX'],
  ['obs-text behind', '5\xa0'],
  ['a superscript digit', '\xb2'],
  ['a fullwidth digit', '\xef\xbc\x95'],
  ['infinity', 'Infinity'],
  ['2 to the 53rd', '20000000000000'],
  ['2 to the 64th and five, which wraps to five', '10000000000000005'],
  ['2 to the 32nd and five, with zeros in front', '00000000000100000005'],
  ['thirty digits', 'f'.repeat(30)],
  ['zeros without an end', '0'.repeat(300)],
].map(([name = '', size = '']) =>
  refuseBody(`a chunk size of ${name}`, '', `${size}\r\nhello\r\n${LAST}`, 'RFC 9112 7.1'),
)

const BAD_EXTENSIONS: readonly RequestCase[] = [
  ['a semicolon alone', '5;'],
  ['a semicolon and a space', '5; '],
  ['two semicolons', '5;;a'],
  ['an equals sign and no name', '5;=b'],
  ['an equals sign and no value', '5;a='],
  ['two equals signs', '5;a==b'],
  ['quotes that do not end', '5;a="b'],
  ['quotes with something behind', '5;a="b"c'],
  ['a space in a name', '5;a b'],
  ['a comma', '5;a,b'],
  ['a NUL', '5;a\0'],
  ['a control character in quotes', '5;a="\x01"'],
  ['a bare CR', '5;a\rb'],
  ['a bare CR at the end', '5;a\r'],
  ['a bare CR in quotes', '5;a="\r"'],
  ['obs-text', '5;\xff'],
  ['too many bytes', `5;${'a'.repeat(300)}`],
].map(([name = '', line = '']) =>
  refuseBody(
    `a chunk extension with ${name}`,
    '',
    `${line}\r\nhello\r\n${LAST}`,
    'chunk-extension tricks, RFC 9112 7.1.1',
  ),
)

const BAD_ENDS: readonly RequestCase[] = [
  ['a size line that ends in LF', '', `5\nhello\r\n${LAST}`, 'bare LF'],
  ['an extension that ends in LF', '', `5;a\nhello\r\n${LAST}`, 'TERM.EXT: bare LF in a chunk extension'],
  [
    'an extension that hides a size line behind LF',
    '',
    `2;\nxx\r\n4c\r\n${LAST}`,
    'TERM.EXT: bare LF in a chunk extension',
  ],
  ['an extension that hides a last chunk behind LF', '', `5;a\n0\r\n\r\n`, 'EXT.TERM: bare LF in a chunk extension'],
  ['a size line that ends in CR alone', '', `5\rhello\r\n${LAST}`, 'bare CR'],
  ['a chunk that ends in LF', '5\r\nhello', `\n${LAST}`, 'TERM.SPILL: bare LF behind a chunk'],
  ['a chunk that ends in CR alone', '5\r\nhello', `\r${LAST}`, 'TERM.SPILL: bare CR behind a chunk'],
  ['a chunk that ends in CR CR LF', '5\r\nhello', `\r\r\n${LAST}`, 'TERM.SPILL: bare CR behind a chunk'],
  ['a chunk that does not end', '5\r\nhello', LAST, 'TERM.SPILL: no line break behind a chunk'],
  ['a chunk that is longer than its size', '5\r\nhello', ` there\r\n${LAST}`, 'SPILL.TERM: more bytes than the size'],
  ['a chunk whose end is two other bytes', '5\r\nhello', `XX${LAST}`, 'SPILL.TERM: any two bytes for a line break'],
  ['a chunk that is shorter than its size', '6\r\nhello\r', `\n${LAST}`, 'RFC 9112 7.1'],
  ['a last chunk that ends in LF', '5\r\nhello\r\n', '0\n\r\n', 'bare LF'],
  ['an end that is LF', '5\r\nhello\r\n', '0\r\n\n', 'bare LF'],
  ['an end that is CR alone', '5\r\nhello\r\n', '0\r\n\rX', 'bare CR'],
  ['a NUL for an end', '5\r\nhello\r\n', '0\r\n\0\r\n', 'RFC 9112 7.1'],
  ['no chunks', '', 'hello world\r\n', 'RFC 9112 7.1'],
  ['an empty line in front of the first size', '', `\r\n5\r\nhello\r\n${LAST}`, 'RFC 9112 7.1'],
  ['an empty line in front of the second size', '5\r\nhello\r\n', `\r\n${LAST}`, 'RFC 9112 7.1'],
].map(([name = '', good = '', bad = '', source = '']) => refuseBody(`chunks with ${name}`, good, bad, source))

const CUT_OFF: readonly RequestCase[] = [
  refuseCutOff('a client that leaves before the first chunk', CHUNKED_HEAD, '', 'RFC 9112 8'),
  refuseCutOff('a client that leaves in a size', CHUNKED_HEAD, '5', 'RFC 9112 8'),
  refuseCutOff('a client that leaves in a chunk', CHUNKED_HEAD, '5\r\nhel', 'RFC 9112 8'),
  refuseCutOff('a client that leaves behind a chunk', CHUNKED_HEAD, '5\r\nhello\r\n', 'RFC 9112 8'),
  refuseCutOff('a client that leaves behind the last chunk', CHUNKED_HEAD, '5\r\nhello\r\n0\r\n', 'RFC 9112 8'),
  refuseCutOff('a client that leaves in the trailers', CHUNKED_HEAD, '5\r\nhello\r\n0\r\nX: y\r\n', 'RFC 9112 8'),
]

export const CHUNK_CASES: readonly RequestCase[] = [...GOOD, ...BAD_SIZES, ...BAD_EXTENSIONS, ...BAD_ENDS, ...CUT_OFF]
