/** Which coding the body has, and both framings at once: RFC 9112 6.1 to 6.3. */
import { forward, refuse, seen, seenChunked } from '../build-case.ts'
import type { RequestCase } from '../corpus-case.ts'

const LINE = 'POST / HTTP/1.1'
const FIRST = `${LINE}\r\nHost: a\r\n`
const BODY = '5\r\nhello\r\n0\r\n\r\n'
const post = (fields: string, body = BODY): string => `${FIRST}${fields}\r\n\r\n${body}`

const GOOD: readonly RequestCase[] = [
  ['in small letters', 'Transfer-Encoding: chunked'],
  ['with a capital', 'Transfer-Encoding: Chunked'],
  ['in capitals', 'TRANSFER-ENCODING: CHUNKED'],
  ['in mixed letters', 'tRANSFER-eNCODING: ChUnKeD'],
  ['without a space', 'Transfer-Encoding:chunked'],
  ['with tabs around it', 'Transfer-Encoding:\tchunked\t'],
  ['with many spaces around it', 'Transfer-Encoding:    chunked    '],
].map(([name = '', field = '']) =>
  forward(`chunked ${name}`, post(field), seenChunked(LINE, ['Host: a'], 'hello'), 'RFC 9112 7'),
)

const METHODS: readonly RequestCase[] = ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'FOO'].map((method) => {
  const line = `${method} / HTTP/1.1`
  const bytes = `${line}\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${BODY}`
  return forward(
    `${method} with a chunked body`,
    bytes,
    seenChunked(line, ['Host: a'], 'hello'),
    'TE.0, RFC 9110 9.3.1',
  )
})

const OPAQUE: readonly RequestCase[] = [
  forward(
    'fields whose names look like Transfer-Encoding',
    'GET / HTTP/1.1\r\nHost: a\r\nTransfer_Encoding: chunked\r\nTransfer-Encodings: chunked\r\nX-Transfer-Encoding: chunked\r\n\r\n',
    seen('GET / HTTP/1.1', [
      'Host: a',
      'Transfer_Encoding: chunked',
      'Transfer-Encodings: chunked',
      'X-Transfer-Encoding: chunked',
    ]),
    'header-name tricks',
  ),
  forward(
    "a content coding, which is the upstream's affair",
    `${FIRST}Content-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello`,
    seen(LINE, ['Host: a', 'Content-Encoding: chunked'], 'hello'),
    'RFC 9110 8.4',
  ),
]

const BAD_CODINGS: readonly RequestCase[] = [
  ['nothing', ''],
  ['white space alone', ' \t '],
  ['a comma', ','],
  ['identity', 'identity'],
  ['chunked behind identity', 'identity, chunked'],
  ['chunked before identity', 'chunked, identity'],
  ['chunked twice', 'chunked, chunked'],
  ['chunked twice without a comma', 'chunked chunked'],
  ['chunked and a comma', 'chunked,'],
  ['a comma and chunked', ', chunked'],
  ['chunked before gzip', 'chunked, gzip'],
  ['gzip alone, which does not say where it ends', 'gzip'],
  ['a coding that nobody knows', 'cow'],
  ['a coding that nobody knows before chunked', 'cow, chunked'],
  ['chunked with a parameter', 'chunked;q=1'],
  ['chunked and a semicolon', 'chunked;'],
  ['chunked in quotes', '"chunked"'],
  ['chunked in apostrophes', "'chunked'"],
  ['chunked in brackets', '[chunked]'],
  ['chunked and a letter in front', 'xchunked'],
  ['chunked and a letter behind', 'chunkedx'],
  ['chunked and a hyphen in front', 'x-chunked'],
  ['chunked and a comment', 'chunked (a)'],
  ['chunked and a space inside', 'chun ked'],
  ['chunked and a tab and a word', 'chunked\tidentity'],
  ['chunked and a NUL behind', 'chunked\0'],
  ['chunked and a NUL in front', '\0chunked'],
  ['chunked and a vertical tab in front', '\x0bchunked'],
  ['chunked and a vertical tab behind', 'chunked\x0b'],
  ['chunked and a form feed behind', 'chunked\x0c'],
  ['chunked and a bare CR behind', 'chunked\r'],
  ['chunked and a bare CR in front', '\rchunked'],
  ['chunked and a bare LF in front', '\nchunked'],
  ['chunked and a no-break space in front', '\xa0chunked'],
  ['chunked and obs-text behind', 'chunked\xff'],
  ['a letter that lower case makes a k', 'chun\xe2\x84\xaaed'],
  ['chunked cut short', 'chunke'],
].map(([name = '', value = '']) =>
  refuse(400, `Transfer-Encoding of ${name}`, post(`Transfer-Encoding: ${value}`), 'TE.TE, RFC 9112 6.1'),
)

const NOT_IMPLEMENTED: readonly RequestCase[] = [
  ['gzip and chunked', 'gzip, chunked'],
  ['gzip and chunked without a space', 'gzip,chunked'],
  ['x-gzip and chunked', 'x-gzip, chunked'],
  ['deflate and chunked', 'deflate, chunked'],
  ['compress and chunked', 'Compress , Chunked'],
  ['two codings and chunked', 'gzip, deflate, chunked'],
].map(([name = '', value = '']) =>
  refuse(501, `Transfer-Encoding of ${name}`, post(`Transfer-Encoding: ${value}`), 'RFC 9112 6.1'),
)

const REPEATED: readonly RequestCase[] = [
  ['chunked twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked'],
  ['chunked and identity', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity'],
  ['identity and chunked', 'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked'],
  ['chunked and a coding that nobody knows', 'Transfer-Encoding: chunked\r\nTransfer-encoding: x'],
  ['an empty one and chunked', 'Transfer-Encoding:\r\nTransfer-Encoding: chunked'],
  ['chunked and an empty one', 'Transfer-Encoding: chunked\r\nTransfer-Encoding:'],
  ['gzip and chunked in two fields', 'Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked'],
].map(([name = '', fields = '']) =>
  refuse(400, `Transfer-Encoding repeated: ${name}`, post(fields), 'TE.TE, RFC 9112 6.1'),
)

const NAMES: readonly RequestCase[] = [
  ['a space before the colon', 'Transfer-Encoding : chunked'],
  ['a tab before the colon', 'Transfer-Encoding\t: chunked'],
  ['a NUL before the colon', 'Transfer-Encoding\0: chunked'],
  ['a carriage return before the colon', 'Transfer-Encoding\r: chunked'],
  ['a vertical tab before the colon', 'Transfer-Encoding\x0b: chunked'],
  ['a space inside', 'Transfer Encoding: chunked'],
  ['a space in front', ' Transfer-Encoding: chunked'],
  ['a tab in front, behind another field', 'X: y\r\n\tTransfer-Encoding: chunked'],
  ['a bare LF in front', 'X: y\nTransfer-Encoding: chunked'],
  ['a bare CR in front', 'X: y\rTransfer-Encoding: chunked'],
  ['obs-text in front', '\xffTransfer-Encoding: chunked'],
  ['an equals sign for the colon', 'Transfer-Encoding= chunked'],
].map(([name = '', field = '']) =>
  refuse(400, `the name Transfer-Encoding with ${name}`, post(`${field}\r\nContent-Length: 15`), 'TE.TE, RFC 9112 5.1'),
)

const BOTH: readonly RequestCase[] = [
  refuse(
    400,
    'a length before chunks, the length to be believed',
    post('Content-Length: 15\r\nTransfer-Encoding: chunked'),
    'CL.TE',
  ),
  refuse(400, 'a length behind chunks', post('Transfer-Encoding: chunked\r\nContent-Length: 15'), 'TE.CL'),
  refuse(400, 'a short length and chunks', post('Content-Length: 4\r\nTransfer-Encoding: chunked'), 'TE.CL'),
  refuse(400, 'a length of zero and chunks', post('Content-Length: 0\r\nTransfer-Encoding: chunked'), 'CL.TE'),
  refuse(400, 'chunks and a length of zero', post('Transfer-Encoding: chunked\r\nContent-Length: 0'), 'TE.CL'),
  refuse(
    400,
    'a length and an empty coding',
    post('Content-Length: 5\r\nTransfer-Encoding:', 'hello'),
    'CL.TE, RFC 9112 6.1',
  ),
  refuse(
    400,
    'an empty coding and a length',
    post('Transfer-Encoding:\r\nContent-Length: 5', 'hello'),
    'CL.TE, RFC 9112 6.1',
  ),
  refuse(
    400,
    'a length and identity',
    post('Content-Length: 5\r\nTransfer-Encoding: identity', 'hello'),
    'CL.TE, RFC 9112 6.1',
  ),
  refuse(400, 'a bad length and chunks', post('Content-Length: x\r\nTransfer-Encoding: chunked'), 'TE.CL'),
  refuse(
    400,
    'a length and chunks for GET',
    `GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    '0.CL, CL.TE',
  ),
  refuse(
    400,
    'a length, and Connection that names it, and chunks',
    post('Connection: content-length\r\nContent-Length: 4\r\nTransfer-Encoding: chunked'),
    'Connection abuse, TE.CL',
  ),
  refuse(
    400,
    'chunks in HTTP/1.0',
    `POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${BODY}`,
    'RFC 9112 6.1',
  ),
  refuse(
    400,
    'chunks in HTTP/1.0 that wants to stay',
    `POST / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n${BODY}`,
    'RFC 9112 6.1',
  ),
  refuse(
    400,
    'chunks and a length in HTTP/1.0',
    `POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 15\r\nTransfer-Encoding: chunked\r\n\r\n${BODY}`,
    'CL.TE',
  ),
]

export const TRANSFER_ENCODING_CASES: readonly RequestCase[] = [
  ...GOOD,
  ...METHODS,
  ...OPAQUE,
  ...BAD_CODINGS,
  ...NOT_IMPLEMENTED,
  ...REPEATED,
  ...NAMES,
  ...BOTH,
]
