/** How the body of an answer ends: RFC 9112 6.3. */
import { answer, badAnswer, badAnswerBody, seen, seenChunked } from '../build-case.ts'
import type { ResponseCase } from '../corpus-case.ts'

const OK = 'HTTP/1.1 200 OK'
const CHUNKED_HEAD = `${OK}\r\nTransfer-Encoding: chunked\r\n\r\n`
const LAST = '0\r\n\r\n'

const GOOD: readonly ResponseCase[] = [
  answer(
    'chunks with a tab behind the coding',
    `${OK}\r\nTransfer-Encoding: chunked\t\r\n\r\n5\r\nhello\r\n${LAST}`,
    seenChunked(OK, [], 'hello'),
    'RFC 9112 7.1',
  ),
  answer('a length', `${OK}\r\nContent-Length: 5\r\n\r\nhello`, seen(OK, [], 'hello'), 'RFC 9112 6.3'),
  answer(
    'a length with zeros and tabs',
    `${OK}\r\nContent-Length:\t0005\t\r\n\r\nhello`,
    seen(OK, [], 'hello'),
    'RFC 9112 6.3',
  ),
  answer('a length of zero', `${OK}\r\nContent-Length: 0\r\n\r\n`, seen(OK, [], ''), 'RFC 9112 6.3'),
  answer('chunks', `${CHUNKED_HEAD}5\r\nhello\r\n${LAST}`, seenChunked(OK, [], 'hello'), 'RFC 9112 7.1'),
  answer(
    'chunks with extensions',
    `${CHUNKED_HEAD}5;a="b"\r\nhello\r\n0;c\r\n\r\n`,
    seenChunked(OK, [], 'hello'),
    'RFC 9112 7.1.1',
  ),
  answer(
    'chunks, in other letters',
    `${OK}\r\nTransfer-Encoding:\tChunked\r\n\r\n5\r\nhello\r\n${LAST}`,
    seenChunked(OK, [], 'hello'),
    'RFC 9112 7.1',
  ),
  answer(
    'chunks and trailers',
    `${CHUNKED_HEAD}5\r\nhello\r\n0\r\nX: y\r\n\r\n`,
    seenChunked(OK, [], 'hello', ['x: y']),
    'RFC 9110 6.5',
  ),
  answer('no chunk but the last', CHUNKED_HEAD + LAST, seenChunked(OK, [], ''), 'RFC 9112 7.1'),
  answer(
    'a body that lasts until the connection ends',
    `${OK}\r\n\r\nhello`,
    seenChunked(OK, [], 'hello'),
    'RFC 9112 6.3',
    { ends: true, isReused: false },
  ),
  answer('no body, and the end of the connection', `${OK}\r\n\r\n`, seenChunked(OK, [], ''), 'RFC 9112 6.3', {
    ends: true,
    isReused: false,
  }),
  answer(
    'a body that looks like chunks and lasts until the end',
    `${OK}\r\n\r\n${LAST}`,
    seenChunked(OK, [], LAST),
    'RFC 9112 6.3',
    { ends: true, isReused: false },
  ),
  answer(
    'chunks for a client of HTTP/1.0',
    `${CHUNKED_HEAD}5\r\nhello\r\n${LAST}`,
    { ...seen(OK, ['Connection: close'], 'hello'), framing: 'close' },
    'RFC 9112 7.1',
    { request: 'GET / HTTP/1.0', closes: true },
  ),
  answer(
    'a length for a client of HTTP/1.0',
    `${OK}\r\nContent-Length: 5\r\n\r\nhello`,
    seen(OK, ['Connection: close'], 'hello'),
    'RFC 9112 6.3',
    { request: 'GET / HTTP/1.0', closes: true },
  ),
  answer(
    'an answer in HTTP/1.0',
    'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    seen(OK, [], 'hello'),
    'RFC 9112 9.3',
    { isReused: false },
  ),
  answer(
    'an answer in HTTP/1.0 that wants to stay',
    'HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello',
    seen(OK, [], 'hello'),
    'RFC 9112 9.3',
  ),
]

const BODILESS: readonly ResponseCase[] = [
  answer(
    '304 with a length, and the end of the connection',
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\n',
    { ...seen('HTTP/1.1 304 Not Modified', []), framing: 'length' },
    'RFC 9112 6.3',
    { ends: true, isReused: false },
  ),
  answer(
    'an answer to HEAD with a length',
    `${OK}\r\nContent-Length: 5\r\n\r\n`,
    { ...seen(OK, []), framing: 'length' },
    'RFC 9110 9.3.2',
    { request: 'HEAD / HTTP/1.1' },
  ),
  answer('an answer to HEAD with chunks', CHUNKED_HEAD, { ...seen(OK, []), framing: 'chunked' }, 'RFC 9110 9.3.2', {
    request: 'HEAD / HTTP/1.1',
  }),
  answer(
    'an answer to HEAD with a body that must not be there',
    `${OK}\r\nContent-Length: 5\r\n\r\nhello`,
    { ...seen(OK, []), framing: 'length' },
    'response splitting, RFC 9110 9.3.2',
    { request: 'HEAD / HTTP/1.1', isReused: false },
  ),
  answer(
    'an answer to HEAD with an answer for a body',
    `${OK}\r\nContent-Length: 38\r\n\r\n${OK}\r\nContent-Length: 0\r\n\r\n`,
    { ...seen(OK, []), framing: 'length' },
    'response splitting, RFC 9110 9.3.2',
    { request: 'HEAD / HTTP/1.1', isReused: false },
  ),
  answer(
    '204',
    'HTTP/1.1 204 No Content\r\nX: y\r\n\r\n',
    seen('HTTP/1.1 204 No Content', ['X: y']),
    'RFC 9110 15.3.5',
  ),
  answer(
    '204 with a length of zero, which must not be there',
    'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n',
    seen('HTTP/1.1 204 No Content', []),
    'RFC 9110 8.6',
  ),
  answer(
    '204 with a body that must not be there',
    'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello',
    seen('HTTP/1.1 204 No Content', []),
    'RFC 9112 6.3',
    { isReused: false },
  ),
  answer(
    '204 with chunks that must not be there',
    `HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n${LAST}`,
    seen('HTTP/1.1 204 No Content', []),
    'RFC 9112 6.1',
    { isReused: false },
  ),
  answer(
    '304 with a length',
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
    { ...seen('HTTP/1.1 304 Not Modified', []), framing: 'length' },
    'RFC 9110 15.4.5',
  ),
  answer(
    '304 with a body that must not be there',
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello',
    { ...seen('HTTP/1.1 304 Not Modified', []), framing: 'length' },
    'RFC 9112 6.3',
    { isReused: false },
  ),
  answer(
    '205 with a length of zero',
    'HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n',
    seen('HTTP/1.1 205 Reset Content', [], ''),
    'RFC 9110 15.3.6',
  ),
  answer(
    '205 with a body that must not be there',
    'HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\n\r\nhello',
    seen('HTTP/1.1 205 Reset Content', [], ''),
    'RFC 9110 15.3.6',
  ),
]

const BAD_LENGTHS: readonly ResponseCase[] = [
  ['a sign', '+5'],
  ['a minus', '-5'],
  ['hexadecimal', '0x5'],
  ['a fraction', '5.0'],
  ['a list of the same', '5, 5'],
  ['a list of others', '5, 6'],
  ['nothing', ''],
  ['a word', 'five'],
  ['a space inside', '5 5'],
  ['a NUL', '5\0'],
  ['a vertical tab', '\x0b5'],
  ['2 to the 53rd', '9007199254740992'],
  ['2 to the 64th and five', '18446744073709551621'],
].map(([name = '', value = '']) =>
  badAnswer(`an answer with a length of ${name}`, `${OK}\r\nContent-Length: ${value}\r\n\r\nhello`, 'RFC 9112 6.3'),
)

const BAD_FRAMINGS: readonly ResponseCase[] = [
  ['a length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked'],
  ['chunks and a length', 'Transfer-Encoding: chunked\r\nContent-Length: 5'],
  ['a length of zero and chunks', 'Content-Length: 0\r\nTransfer-Encoding: chunked'],
  ['a length twice', 'Content-Length: 5\r\nContent-Length: 5'],
  ['two lengths', 'Content-Length: 5\r\nContent-Length: 6'],
  ['chunked twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked'],
  ['a list of chunked twice', 'Transfer-Encoding: chunked, chunked'],
  ['identity', 'Transfer-Encoding: identity'],
  ['an empty coding', 'Transfer-Encoding:'],
  ['an empty coding and a length', 'Transfer-Encoding:\r\nContent-Length: 5'],
  ['a coding that was not asked for', 'Transfer-Encoding: gzip, chunked'],
  ['gzip alone', 'Transfer-Encoding: gzip'],
  ['chunked and a vertical tab', 'Transfer-Encoding: \x0bchunked'],
  ['chunked in quotes', 'Transfer-Encoding: "chunked"'],
].map(([name = '', fields = '']) =>
  badAnswer(
    `an answer with ${name}`,
    `${OK}\r\n${fields}\r\n\r\n5\r\nhello\r\n${LAST}`,
    'response splitting, RFC 9112 6.3',
  ),
)

const BAD_BODIES: readonly ResponseCase[] = [
  badAnswer(
    'chunks in HTTP/1.0',
    `HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n${LAST}`,
    'RFC 9112 6.1',
  ),
  badAnswerBody(
    'a body that is shorter than its length',
    `${OK}\r\nContent-Length: 5\r\n\r\n`,
    'hel',
    '',
    'RFC 9112 8',
    { ends: true },
  ),
  badAnswerBody('no body for its length', `${OK}\r\nContent-Length: 5\r\n\r\n`, '', '', 'RFC 9112 8', { ends: true }),
  badAnswerBody('chunks without their last one', CHUNKED_HEAD, '5\r\nhello\r\n', '', 'RFC 9112 8', { ends: true }),
  badAnswerBody('a chunk that is cut off', CHUNKED_HEAD, '5\r\nhel', '', 'RFC 9112 8', { ends: true }),
  badAnswerBody('no chunks at all', CHUNKED_HEAD, '', '', 'RFC 9112 8', { ends: true }),
  badAnswerBody('a last chunk without its end', CHUNKED_HEAD, '5\r\nhello\r\n0\r\n', '', 'RFC 9112 8', { ends: true }),
  badAnswerBody('a trailer that is cut off', CHUNKED_HEAD, '5\r\nhello\r\n0\r\nX: y\r\n', '', 'RFC 9112 8', {
    ends: true,
  }),
  badAnswerBody('a chunk that is cut off for a client of HTTP/1.0', CHUNKED_HEAD, '5\r\nhel', '', 'RFC 9112 8', {
    ends: true,
    request: 'GET / HTTP/1.0',
  }),
]

const BAD_CHUNKS: readonly ResponseCase[] = [
  ['a size that is none', '', `x\r\nhello\r\n${LAST}`],
  ['a size with a minus', '', `-5\r\nhello\r\n${LAST}`],
  ['a size with a prefix', '', `0x5\r\nhello\r\n${LAST}`],
  ['a size with a space behind', '', `5 \r\nhello\r\n${LAST}`],
  ['a size above 2 to the 53rd', '', `20000000000000\r\nhello\r\n${LAST}`],
  ['a size that wraps to five', '', `10000000000000005\r\nhello\r\n${LAST}`],
  ['a size line that ends in LF', '', `5\nhello\r\n${LAST}`],
  ['an extension that is none', '', `5;\r\nhello\r\n${LAST}`],
  ['an extension that ends in LF', '', `5;a\nhello\r\n${LAST}`],
  ['a chunk that ends in LF', '5\r\nhello', `\n${LAST}`],
  ['a chunk that is longer than its size', '5\r\nhello', ` there\r\n${LAST}`],
  ['a chunk that does not end', '5\r\nhello', LAST],
  ['a second size that is none', '5\r\nhello\r\n', `hello\r\n${LAST}`],
  ['an end that is LF', '5\r\nhello\r\n', '0\r\n\n'],
  ['a trailer that frames', '5\r\nhello\r\n', '0\r\nContent-Length: 5\r\n\r\n'],
  ['a trailer that is a cookie', '5\r\nhello\r\n', '0\r\nSet-Cookie: a=b\r\n\r\n'],
  ['a trailer that is a status line', '5\r\nhello\r\n', '0\r\nHTTP/1.1 200 OK\r\n\r\n'],
  ['a trailer that is folded', '5\r\nhello\r\n', '0\r\nX: y\r\n z\r\n\r\n'],
  ['a trailer with a bare LF', '5\r\nhello\r\n', '0\r\nX: y\nZ: z\r\n\r\n'],
].map(([name = '', good = '', bad = '']) =>
  badAnswerBody(`an answer of chunks with ${name}`, CHUNKED_HEAD, good, bad, 'response splitting, RFC 9112 7.1'),
)

export const ANSWER_FRAMING_CASES: readonly ResponseCase[] = [
  ...GOOD,
  ...BODILESS,
  ...BAD_LENGTHS,
  ...BAD_FRAMINGS,
  ...BAD_BODIES,
  ...BAD_CHUNKS,
]
