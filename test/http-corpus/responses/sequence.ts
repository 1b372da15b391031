/** What comes before an answer, behind it, and about its connection: RFC 9112 9, RFC 9110 15.2. */
import { answer, badAnswer, seen, seenChunked } from '../build-case.ts'
import type { ResponseCase } from '../corpus-case.ts'

const OK = 'HTTP/1.1 200 OK'
const ANSWER = `${OK}\r\nContent-Length: 2\r\n\r\nok`
const SPLIT = `${OK}\r\nContent-Length: 5\r\nSet-Cookie: a=evil\r\n\r\nevil!`
const answered = seen(OK, [], 'ok')
const withFields = (...fields: string[]): string =>
  `${OK}\r\n${fields.map((field) => `${field}\r\n`).join('')}Content-Length: 2\r\n\r\nok`

const INTERIM: readonly ResponseCase[] = [
  answer(
    'early hints',
    `HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n${ANSWER}`,
    [seen('HTTP/1.1 103 Early Hints', ['Link: <a>']), answered],
    'RFC 9110 15.2',
  ),
  answer(
    'two interim answers',
    `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n${ANSWER}`,
    [seen('HTTP/1.1 102 Processing', []), seen('HTTP/1.1 103 Early Hints', ['Link: <a>']), answered],
    'RFC 9110 15.2',
  ),
  answer(
    'leave that nobody asked for, which the client does not get',
    `HTTP/1.1 100 Continue\r\n\r\n${ANSWER}`,
    answered,
    'RFC 9110 15.2.1',
  ),
  answer(
    'an interim answer that tells a length, of no body',
    `HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n${ANSWER}`,
    [seen('HTTP/1.1 103 Early Hints', []), answered],
    'RFC 9112 6.3',
  ),
  answer(
    'an interim answer that tells of chunks, of no body',
    `HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n${ANSWER}`,
    [seen('HTTP/1.1 103 Early Hints', []), answered],
    'RFC 9112 6.3',
  ),
  answer(
    'interim answers for a client of HTTP/1.0, which knows none',
    `HTTP/1.1 103 Early Hints\r\n\r\n${ANSWER}`,
    seen(OK, ['Connection: close'], 'ok'),
    'RFC 9110 15.2',
    { request: 'GET / HTTP/1.0', closes: true },
  ),
  badAnswer('interim answers without an end', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(1000), 'RFC 9110 15.2'),
  badAnswer(
    'a switch of protocols that nobody asked for',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    'RFC 9110 15.2.2',
  ),
  badAnswer('a switch to no protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', 'RFC 9110 15.2.2'),
]

const BEHIND: readonly ResponseCase[] = [
  answer('a second answer that nobody asked for', ANSWER + SPLIT, answered, 'response splitting', { isReused: false }),
  answer(
    'a second answer behind an answer without a body',
    `HTTP/1.1 204 No Content\r\n\r\n${SPLIT}`,
    seen('HTTP/1.1 204 No Content', []),
    'response splitting',
    { isReused: false },
  ),
  answer(
    'a second answer behind chunks',
    `${OK}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SPLIT}`,
    seenChunked(OK, [], ''),
    'response splitting',
    { isReused: false },
  ),
  answer(
    'a second answer behind the answer to HEAD',
    `${OK}\r\nContent-Length: 2\r\n\r\n${SPLIT}`,
    { ...seen(OK, []), framing: 'length' },
    'response splitting',
    { request: 'HEAD / HTTP/1.1', isReused: false },
  ),
  answer(
    'an interim answer behind the answer',
    `${ANSWER}HTTP/1.1 103 Early Hints\r\n\r\n`,
    answered,
    'response splitting',
    { isReused: false },
  ),
  answer('bytes behind a body of a length', `${ANSWER}!`, answered, 'response splitting, RFC 9112 6.3', {
    isReused: false,
  }),
  answer('a line break behind a body of a length', `${ANSWER}\r\n`, answered, 'RFC 9112 6.3', { isReused: false }),
  answer('a NUL behind a body of a length', `${ANSWER}\0`, answered, 'RFC 9112 6.3', { isReused: false }),
  answer(
    'a chunk behind the last one',
    `${OK}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n5\r\nhello\r\n`,
    seenChunked(OK, [], ''),
    'response splitting, RFC 9112 7.1',
    { isReused: false },
  ),
  answer(
    'bytes behind an answer that closes',
    `${OK}\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok${SPLIT}`,
    answered,
    'RFC 9112 9.6',
    { isReused: false },
  ),
]

const CONNECTION: readonly ResponseCase[] = [
  answer('Connection: close', withFields('Connection: close'), answered, 'RFC 9112 9.6', { isReused: false }),
  answer('close in capitals among others', withFields('Connection: keep-alive, CLOSE'), answered, 'RFC 9112 9.6', {
    isReused: false,
  }),
  answer(
    'close in a second Connection',
    withFields('Connection: keep-alive', 'Connection: close'),
    answered,
    'RFC 9112 9.6',
    { isReused: false },
  ),
  answer(
    'Connection: keep-alive and Keep-Alive',
    withFields('Connection: keep-alive', 'Keep-Alive: timeout=5, max=100'),
    answered,
    'RFC 9110 7.6.1',
  ),
  answer('Proxy-Connection', withFields('Proxy-Connection: close'), answered, 'RFC 9112 C.2.2'),
  answer(
    'Upgrade that tells what there is',
    withFields('Upgrade: h2c', 'Connection: Upgrade'),
    answered,
    'RFC 9110 7.8',
  ),
  answer(
    'a field that Connection names',
    withFields('Connection: X', 'X: y', 'Z: y'),
    seen(OK, ['Z: y'], 'ok'),
    'RFC 9110 7.6.1',
  ),
  answer(
    'Connection that names Content-Length',
    withFields('Connection: content-length'),
    answered,
    'Connection abuse, RFC 9110 7.6.1',
  ),
  answer(
    'Connection that names Transfer-Encoding',
    `${OK}\r\nConnection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    seenChunked(OK, [], 'hello'),
    'Connection abuse, RFC 9110 7.6.1',
  ),
  answer('an upstream that closes behind its answer', ANSWER, answered, 'RFC 9112 9.6', {
    ends: true,
    isReused: false,
  }),
]

export const ANSWER_SEQUENCE_CASES: readonly ResponseCase[] = [...INTERIM, ...BEHIND, ...CONNECTION]
