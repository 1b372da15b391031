/** Fields behind the last chunk: RFC 9112 7.1.2, RFC 9110 6.5. */
import { CHUNKED_HEAD, forward, refuseBody, seenChunked } from '../build-case.ts'
import type { RequestCase } from '../corpus-case.ts'

const LINE = 'POST / HTTP/1.1'
const GOOD_BODY = '5\r\nhello\r\n0\r\n'

const GOOD: readonly RequestCase[] = [
  ['a trailer', 'X-Checksum: abc', ['x-checksum: abc']],
  ['a trailer without a value', 'X:', ['x: ']],
  ['a trailer with white space around its value', 'X: \t y \t ', ['x: y']],
  ['a trailer with obs-text', 'X: \xff', ['x: \xff']],
  ['several trailers', 'X: y\r\nZ: 1', ['x: y', 'z: 1']],
  ['a repeated trailer, joined', 'X: y\r\nX: z', ['x: y, z']],
  ['a trailer named like a property of objects', '__proto__: y', ['__proto__: y']],
].map(([name, lines, trailers]) =>
  forward(
    name as string,
    `${CHUNKED_HEAD}${GOOD_BODY}${lines as string}\r\n\r\n`,
    seenChunked(LINE, ['Host: a'], 'hello', trailers as string[]),
    'RFC 9110 6.5',
  ),
)

const FORBIDDEN: readonly RequestCase[] = [
  ['frames', 'Content-Length: 5'],
  ['frames, in capitals', 'CONTENT-LENGTH: 5'],
  ['frames by chunks', 'Transfer-Encoding: chunked'],
  ['routes', 'Host: b'],
  ['routes, in small letters', 'host: b'],
  ['names fields of the connection', 'Connection: close'],
  ['keeps the connection', 'Keep-Alive: timeout=5'],
  ['keeps the connection, of old', 'Proxy-Connection: keep-alive'],
  ['switches protocols', 'Upgrade: websocket'],
  ['asks for trailers', 'TE: trailers'],
  ['announces trailers', 'Trailer: X'],
  ['authenticates', 'Authorization: Basic YTpi'],
  ['authenticates to a proxy', 'Proxy-Authorization: Basic YTpi'],
  ['is a cookie', 'Cookie: a=b'],
  ['describes the content', 'Content-Type: text/html'],
  ['describes the coding of the content', 'Content-Encoding: gzip'],
  ['describes a range', 'Content-Range: bytes 0-1/2'],
  ['asks for leave', 'Expect: 100-continue'],
  ['limits the way', 'Max-Forwards: 0'],
  ['says where it comes from', 'X-Forwarded-For: 127.0.0.1'],
  ['says by which protocol it came', 'X-Forwarded-Proto: https'],
  ['says for which host it was', 'X-Forwarded-Host: b'],
  ['says where it comes from, as nginx does', 'X-Real-IP: 127.0.0.1'],
  ['says where it comes from, as RFC 7239 has it', 'Forwarded: for=127.0.0.1'],
].map(([name = '', line = '']) =>
  refuseBody(`a trailer that ${name}`, GOOD_BODY, `${line}\r\n\r\n`, 'smuggled in trailers, RFC 9110 6.5.1'),
)

const MALFORMED: readonly RequestCase[] = [
  ['without a colon', 'X\r\n\r\n'],
  ['without a name', ': y\r\n\r\n'],
  ['with a space before the colon', 'X : y\r\n\r\n'],
  ['with a space in front', ' X: y\r\n\r\n'],
  ['that is folded', 'X: y\r\n z\r\n\r\n'],
  ['with a NUL', 'X: a\0b\r\n\r\n'],
  ['with a control character', 'X: a\x01b\r\n\r\n'],
  ['with a bare CR', 'X: a\rb\r\n\r\n'],
  ['with a bare LF', 'X: a\nContent-Length: 5\r\n\r\n'],
  ['with an end of LF', 'X: y\n\r\n'],
  ['with an end of LF LF', 'X: y\n\n'],
  ['behind a bare CR', '\rX: y\r\n\r\n'],
  ['with obs-text in its name', 'X\xe9: y\r\n\r\n'],
  ['that is a request line', 'GET /smuggled HTTP/1.1\r\nX: y\r\n\r\n'],
  ['that is a second last chunk', '0\r\n\r\n'],
  ['of too many bytes', `X: ${'y'.repeat(9000)}\r\n\r\n`],
].map(([name = '', bad = '']) => refuseBody(`a trailer ${name}`, GOOD_BODY, bad, 'RFC 9112 7.1.2'))

export const TRAILER_CASES: readonly RequestCase[] = [...GOOD, ...FORBIDDEN, ...MALFORMED]
