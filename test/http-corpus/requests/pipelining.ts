/** Several requests on one connection, good and bad: RFC 9112 9.3.2. */
import { forward, seen, seenChunked, SMUGGLED } from '../build-case.ts'
import type { RequestCase, SeenMessage } from '../corpus-case.ts'

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
const gotten = (path: string): SeenMessage => seen(`GET ${path} HTTP/1.1`)
const POST = 'POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello'
const posted = seen('POST /p HTTP/1.1', ['Host: a'], 'hello')
const CHUNKED = 'PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'
const chunked = seenChunked('PUT /c HTTP/1.1', ['Host: a'], 'hello')
const MANY = Array.from({ length: 100 }, (_, i) => `/${i}`)

const GOOD: readonly RequestCase[] = [
  forward('two requests', get('/1') + get('/2'), [gotten('/1'), gotten('/2')], 'RFC 9112 9.3.2'),
  forward(
    'a body of a length between two requests',
    get('/1') + POST + get('/2'),
    [gotten('/1'), posted, gotten('/2')],
    'RFC 9112 9.3.2',
  ),
  forward(
    'chunks between two requests',
    get('/1') + CHUNKED + get('/2'),
    [gotten('/1'), chunked, gotten('/2')],
    'RFC 9112 9.3.2',
  ),
  forward(
    'bodies of both kinds one behind the other',
    POST + CHUNKED + POST,
    [posted, chunked, posted],
    'RFC 9112 9.3.2',
  ),
  forward('a hundred requests', MANY.map(get).join(''), MANY.map(gotten), 'RFC 9112 9.3.2'),
  forward(
    'an empty line between two requests',
    `${get('/1')}\r\n${get('/2')}`,
    [gotten('/1'), gotten('/2')],
    'RFC 9112 2.2',
  ),
  forward('an empty line behind a body', `${POST}\r\n${get('/2')}`, [posted, gotten('/2')], 'RFC 9112 2.2'),
  forward(
    'HEAD before GET',
    `HEAD /1 HTTP/1.1\r\nHost: a\r\n\r\n${get('/2')}`,
    [seen('HEAD /1 HTTP/1.1'), gotten('/2')],
    'RFC 9110 9.3.2',
  ),
  forward(
    'a request behind one that closes, which is not read',
    `GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n${SMUGGLED}`,
    gotten('/1'),
    'RFC 9112 9.6',
    { closes: true },
  ),
  forward(
    'a request behind one of HTTP/1.0, which is not read',
    `GET /1 HTTP/1.0\r\nHost: a\r\n\r\n${SMUGGLED}`,
    gotten('/1'),
    'RFC 9112 9.3',
    { closes: true },
  ),
]

/** What is wrong with the second request. What is right before it is answered first. */
const BAD_SECOND: readonly RequestCase[] = [
  ['no HTTP', 400, 'hello\r\n\r\n'],
  ['two Hosts', 400, 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
  ['no Host', 400, 'GET / HTTP/1.1\r\n\r\n'],
  ['a length that is none', 400, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello'],
  [
    'both framings',
    400,
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  [
    'a coding that is not understood',
    501,
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
  ],
  ['a version that is not understood', 505, 'GET / HTTP/2.0\r\nHost: a\r\n\r\n'],
  ['a folded field', 400, 'GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n'],
  ['a target that is too long', 414, `GET /${'a'.repeat(9000)} HTTP/1.1\r\nHost: a\r\n\r\n`],
  ['a head that is too large', 431, `GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`],
  ['two empty lines in front', 400, `\r\n\r\n${get('/')}`],
  ['a bare LF in front', 400, `\n${get('/')}`],
  ['a NUL in front', 400, `\0${get('/')}`],
].flatMap(([name, status, bad]) =>
  (
    [
      ['a request', get('/1'), gotten('/1')],
      ['a body of a length', POST, posted],
      ['chunks', CHUNKED, chunked],
    ] as const
  ).map(([before, bytes, message]) =>
    forward(
      `${name as string} behind ${before}`,
      bytes + (bad as string) + SMUGGLED,
      message,
      'pipelined, RFC 9112 9.3.2',
      { refuse: status as number, closes: true },
    ),
  ),
)

const SPILLED: readonly RequestCase[] = [
  forward('bytes behind a body of a length', `${POST}there\r\n\r\n${SMUGGLED}`, posted, 'CL.0, pipelined', {
    refuse: 400,
    closes: true,
  }),
  forward(
    'bytes behind a request without a body',
    `${get('/1')}5\r\nhello\r\n\r\n${SMUGGLED}`,
    gotten('/1'),
    '0.CL, pipelined',
    { refuse: 400, closes: true },
  ),
  forward('bytes behind the last chunk', `${CHUNKED}0\r\n\r\n${SMUGGLED}`, chunked, 'TE.0, pipelined', {
    refuse: 400,
    closes: true,
  }),
  forward('chunks behind a body of a length', `${POST}5\r\nhello\r\n0\r\n\r\n${SMUGGLED}`, posted, 'CL.TE, pipelined', {
    refuse: 400,
    closes: true,
  }),
  forward(
    'chunks behind a length of zero',
    `POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    seen('POST /p HTTP/1.1', ['Host: a'], ''),
    'CL.0',
    { refuse: 400, closes: true },
  ),
]

export const PIPELINING_CASES: readonly RequestCase[] = [...GOOD, ...BAD_SECOND, ...SPILLED]
