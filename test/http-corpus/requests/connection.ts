/** Fields of one connection, and the field that names them: RFC 9110 7.6.1, RFC 9112 9. */
import { forward, refuse, seen, seenChunked } from '../build-case.ts'
import type { RequestCase } from '../corpus-case.ts'

const LINE = 'GET / HTTP/1.1'
const ABUSE = 'Connection abuse, RFC 9110 7.6.1'
const get = (...fields: string[]): string =>
  `${LINE}\r\nHost: a\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`

const REMOVED: readonly RequestCase[] = [
  ['Connection: keep-alive', ['Connection: keep-alive']],
  ['Keep-Alive', ['Keep-Alive: timeout=5']],
  ['Proxy-Connection', ['Proxy-Connection: keep-alive']],
  ['TE', ['TE: gzip']],
  ['TE of several codings', ['Connection: TE', 'TE: gzip;q=0.5, deflate']],
  ['a cookie that Connection names', ['Connection: cookie', 'Cookie: a=b']],
  ['credentials that Connection names', ['Connection: close-not, Authorization', 'Authorization: Basic YTpi']],
  ['HTTP2-Settings', ['Connection: HTTP2-Settings', 'HTTP2-Settings: AAMAAABkAAQAAP__']],
  ['a field that Connection names', ['Connection: X', 'X: y']],
  ['a field that Connection names in other case', ['cOnNeCtIoN: x-ABC', 'X-abc: y']],
  ['a field that Connection names behind others', ['Connection: keep-alive, , X', 'X: y']],
  ['a field that Connection names with a tab in front', ['Connection: keep-alive,\tX', 'X: y']],
  ['a field that Connection names behind it', ['X: y', 'Connection: X']],
  ['fields that several Connections name', ['Connection: X', 'Connection: Z', 'X: y', 'Z: y']],
  ['all lines of a field that Connection names', ['Connection: X', 'X: y', 'X: z']],
].map(([name, fields]) =>
  forward(`${name as string}, which does not go on`, get(...(fields as string[])), seen(LINE), 'RFC 9110 7.6.1'),
)

const NOT_REMOVABLE: readonly RequestCase[] = [
  forward('Connection that names Host', get('Connection: host'), seen(LINE), ABUSE),
  forward('Connection that names Host in capitals, among others', get('Connection: X, HOST'), seen(LINE), ABUSE),
  forward(
    'Connection that names Via',
    get('Connection: via', 'Via: 1.1 b'),
    seen(LINE, ['Host: a', 'Via: 1.1 b']),
    ABUSE,
  ),
  forward(
    'Connection that names Content-Length',
    'POST / HTTP/1.1\r\nHost: a\r\nConnection: content-length\r\nContent-Length: 5\r\n\r\nhello',
    seen('POST / HTTP/1.1', ['Host: a'], 'hello'),
    ABUSE,
  ),
  forward(
    'Connection that names Content-Length and closes',
    'POST / HTTP/1.1\r\nHost: a\r\nConnection: close, Content-Length\r\nContent-Length: 5\r\n\r\nhello',
    seen('POST / HTTP/1.1', ['Host: a'], 'hello'),
    ABUSE,
    { closes: true },
  ),
  forward(
    'Connection that names Transfer-Encoding',
    'POST / HTTP/1.1\r\nHost: a\r\nConnection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    seenChunked('POST / HTTP/1.1', ['Host: a'], 'hello'),
    ABUSE,
  ),
  forward(
    'Connection that names Transfer-Encoding in capitals, and X',
    'POST / HTTP/1.1\r\nHost: a\r\nX: y\r\nConnection: TRANSFER-ENCODING, X\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    seenChunked('POST / HTTP/1.1', ['Host: a'], ''),
    ABUSE,
  ),
  forward(
    'Connection that names Expect',
    'POST / HTTP/1.1\r\nHost: a\r\nConnection: expect\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello',
    seen('POST / HTTP/1.1', ['Host: a', 'Expect: 100-continue'], 'hello'),
    ABUSE,
  ),
  forward(
    'Connection that names Max-Forwards',
    'OPTIONS / HTTP/1.1\r\nHost: a\r\nConnection: max-forwards\r\nMax-Forwards: 2\r\n\r\n',
    seen('OPTIONS / HTTP/1.1', ['Host: a', 'Max-Forwards: 1']),
    ABUSE,
  ),
  forward('Connection that names itself', get('Connection: connection'), seen(LINE), ABUSE),
  forward(
    'Connection with names that are none',
    get('Connection: "X", a b, /, \xff', 'X: y'),
    seen(LINE, ['Host: a', 'X: y']),
    ABUSE,
  ),
  forward(
    'Connection that names a part of a field name',
    get('Connection: X', 'X-Y: z', 'XX: z'),
    seen(LINE, ['Host: a', 'X-Y: z', 'XX: z']),
    ABUSE,
  ),
  forward(
    'Connection whose name has obs-text around it, which is another name',
    get('Connection: \xa0X\xa0', 'X: y'),
    seen(LINE, ['Host: a', 'X: y']),
    ABUSE,
  ),
  forward(
    'a field whose name looks like Connection',
    get('Connections: X', 'X: y'),
    seen(LINE, ['Host: a', 'Connections: X', 'X: y']),
    ABUSE,
  ),
  refuse(400, 'Connection with a bare LF', get('Connection: close\nX: y'), ABUSE),
  refuse(400, 'Connection with a NUL', get('Connection: close\0'), ABUSE),
]

const TRAILERS_ASKED: readonly RequestCase[] = [
  ['TE: trailers', ['Connection: TE', 'TE: trailers']],
  ['TE: trailers that Connection does not name', ['TE: trailers']],
  ['trailers in capitals among other codings', ['TE: gzip;q=0.5,\tTRAILERS , x', 'Connection: te']],
  ['trailers in the second TE', ['TE: gzip', 'TE: trailers']],
].map(([name, fields]) =>
  forward(
    `${name as string}, which is asked of the upstream anew`,
    get(...(fields as string[])),
    seen(LINE, ['Host: a', 'Connection: TE', 'TE: trailers']),
    'RFC 9110 10.1.4',
  ),
)

const LIFE: readonly RequestCase[] = [
  forward('Connection: close', get('Connection: close'), seen(LINE), 'RFC 9112 9.6', { closes: true }),
  forward('close in capitals', get('Connection: CLOSE'), seen(LINE), 'RFC 9112 9.6', { closes: true }),
  forward('close among others', get('Connection: keep-alive, close'), seen(LINE), 'RFC 9112 9.6', { closes: true }),
  forward(
    'close in a second Connection',
    get('Connection: keep-alive', 'Connection: close'),
    seen(LINE),
    'RFC 9112 9.6',
    { closes: true },
  ),
  forward('a word that begins with close', get('Connection: closed'), seen(LINE), 'RFC 9112 9.6'),
  forward('an empty Connection', get('Connection:'), seen(LINE), 'RFC 9112 9.6'),
  forward(
    'HTTP/1.0 that wants to stay',
    'GET / HTTP/1.0\r\nHost: a\r\nConnection: Keep-Alive\r\n\r\n',
    seen(LINE),
    'RFC 9112 9.3',
  ),
  forward(
    'HTTP/1.0 with Proxy-Connection, which nobody should heed',
    'GET / HTTP/1.0\r\nHost: a\r\nProxy-Connection: Keep-Alive\r\n\r\n',
    seen(LINE),
    'RFC 9112 C.2.2',
    { closes: true },
  ),
]

export const CONNECTION_CASES: readonly RequestCase[] = [...REMOVED, ...NOT_REMOVABLE, ...TRAILERS_ASKED, ...LIFE]
