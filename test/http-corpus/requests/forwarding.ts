/** For whom a request is forwarded, and how far: RFC 7239, RFC 9110 7.6. The proxy trusts none of its clients. */
import { forward, refuse, seen } from '../build-case.ts'
import type { RequestCase } from '../corpus-case.ts'

const LINE = 'GET / HTTP/1.1'
const SPOOFED = 'spoofed forwarding fields, RFC 7239 8.1'
const HOPS = 'RFC 9110 7.6.2'
/** What the proxy says of a client. */
const SAID = [
  'X-Forwarded-For: 127.0.0.1',
  'X-Forwarded-Host: a',
  'X-Forwarded-Proto: http',
  'Forwarded: for=127.0.0.1;host=a;proto=http',
]
const get = (...fields: string[]): string =>
  `${LINE}\r\nHost: a\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`
const options = (...fields: string[]): string => get(...fields).replace('GET', 'OPTIONS')

const REPLACED: readonly RequestCase[] = [
  ['X-Forwarded-For', ['X-Forwarded-For: 6.6.6.6']],
  ['X-Forwarded-For in other case', ['x-fORWARDED-foR: 6.6.6.6']],
  ['X-Forwarded-For, empty', ['X-Forwarded-For:']],
  ['several X-Forwarded-For', ['X-Forwarded-For: 6.6.6.6', 'X-Forwarded-For: 7.7.7.7, 8.8.8.8']],
  ['X-Forwarded-Host', ['X-Forwarded-Host: evil']],
  ['X-Forwarded-Proto', ['X-Forwarded-Proto: https']],
  ['X-Forwarded-Port', ['X-Forwarded-Port: 443']],
  ['X-Real-IP', ['X-Real-IP: 6.6.6.6']],
  ['Forwarded', ['Forwarded: for=6.6.6.6;proto=https;by=7.7.7.7']],
  ['Forwarded whose quotes do not close', ['Forwarded: for="6.6.6.6']],
  ['X_Forwarded_For, which CGI cannot tell from it', ['X_Forwarded_For: 6.6.6.6']],
  ['X-Forwarded_Host', ['X-Forwarded_Host: evil']],
  ['X_Forwarded-Proto', ['X_Forwarded-Proto: https']],
  ['X_Real_IP', ['X_Real_IP: 6.6.6.6']],
  ['X-Forwarded-For that Connection names', ['Connection: x-forwarded-for', 'X-Forwarded-For: 6.6.6.6']],
  ['Connection that names what the proxy adds', ['Connection: X-Forwarded-For, X-Forwarded-Proto, FORWARDED']],
  [
    'the same in several Connection lines',
    ['Connection: x-forwarded-host', 'Connection: ,\tX-REAL-IP , forwarded,via'],
  ],
].map(([name, fields]) =>
  forward(
    `${name as string}, from a client that is not trusted`,
    get(...(fields as string[])),
    seen(LINE, ['Host: a', ...SAID]),
    SPOOFED,
  ),
)

const OTHERS: readonly RequestCase[] = [
  forward(
    'fields whose names only look like those that say whom it is for',
    get('X-Forwarded-By: b', 'X-Forwarded: c', 'Forwarded-For: d', 'X-Forwarded-Fot: e', 'XX-Forwarded-For: f'),
    seen(LINE, [
      'Host: a',
      'X-Forwarded-By: b',
      'X-Forwarded: c',
      'Forwarded-For: d',
      'X-Forwarded-Fot: e',
      'XX-Forwarded-For: f',
      ...SAID,
    ]),
    SPOOFED,
  ),
  forward(
    'Via that came, and another one behind it',
    get('Via: 1.0 fred, 1.1 p.example', 'VIA: 1.1 q'),
    seen(LINE, ['Host: a', 'Via: 1.0 fred, 1.1 p.example', 'VIA: 1.1 q', ...SAID, 'Via: 1.1 sluice']),
    'RFC 9110 7.6.3',
  ),
  forward(
    'HTTP/1.0, which Via tells of',
    'GET /old HTTP/1.0\r\nHost: a\r\n\r\n',
    seen('GET /old HTTP/1.1', ['Host: a', ...SAID, 'Via: 1.0 sluice']),
    'RFC 9110 7.6.3',
    { closes: true },
  ),
]

const MAX_FORWARDS: readonly RequestCase[] = [
  ['Max-Forwards: 1', 'Max-Forwards: 1', 'Max-Forwards: 0'],
  ['Max-Forwards with zeros in front', 'Max-Forwards: 0010', 'Max-Forwards: 9'],
  ['Max-Forwards beyond 2^64', 'Max-Forwards: 100000000000000000000', 'Max-Forwards: 99999999999999999999'],
  ['Max-Forwards that is negative, and so none', 'Max-Forwards: -1', 'Max-Forwards: -1'],
  ['Max-Forwards of two numbers, and so none', 'Max-Forwards: 1, 1', 'Max-Forwards: 1, 1'],
  ['Max-Forwards that is hexadecimal, and so none', 'Max-Forwards: 0x0', 'Max-Forwards: 0x0'],
].map(([name = '', given = '', sent = '']) =>
  forward(`OPTIONS with ${name}`, options(given), seen('OPTIONS / HTTP/1.1', ['Host: a', sent]), HOPS),
)

const OTHER_METHODS: readonly RequestCase[] = [
  forward(
    'GET with Max-Forwards, where it means nothing',
    get('Max-Forwards: 0'),
    seen(LINE, ['Host: a', 'Max-Forwards: 0']),
    HOPS,
  ),
  refuse(501, 'TRACE', 'TRACE / HTTP/1.1\r\nHost: a\r\n\r\n', 'RFC 9110 9.3.8'),
  refuse(501, 'TRACE with Max-Forwards: 0', 'TRACE / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n', 'RFC 9110 9.3.8'),
  forward(
    'trace, which is another method',
    'trace / HTTP/1.1\r\nHost: a\r\n\r\n',
    seen('trace / HTTP/1.1'),
    'RFC 9110 9.1',
  ),
]

const CONNECT: readonly RequestCase[] = [
  ['without a host', ':443', 'a'],
  ['with an empty port', 'a:', 'a'],
  ['with a port beyond 65535', 'a:65536', 'a:65536'],
  ['with a port of letters', 'a:http', 'a:http'],
  ['with a URL', 'http://a:443/', 'a:443'],
  ['with user information', 'u@a:443', 'a:443'],
  ['with an asterisk', '*', 'a'],
  ['with IPv6 without brackets', '::1:443', '[::1]:443'],
  ['with another Host', 'a:443', 'b:443'],
  ['with another port in Host', 'a:443', 'a:444'],
  ['with an empty Host', 'a:443', ''],
].map(([name = '', target = '', host = '']) =>
  refuse(400, `CONNECT ${name}`, `CONNECT ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 'RFC 9110 9.3.6'),
)

const CONNECT_BODIES: readonly RequestCase[] = [
  refuse(
    400,
    'CONNECT with a body of a length',
    `CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nContent-Length: 5\r\n\r\nhello`,
    'CL.0, RFC 9110 9.3.6',
  ),
  refuse(
    400,
    'CONNECT with a body in chunks',
    `CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'TE.0, RFC 9110 9.3.6',
  ),
  refuse(501, 'CONNECT of HTTP/1.0', 'CONNECT a:443 HTTP/1.0\r\nHost: a:443\r\n\r\n', 'RFC 9110 9.3.6'),
  refuse(501, 'CONNECT to an IPv6 address', 'CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n', 'RFC 9110 9.3.6'),
  refuse(501, 'CONNECT with a Host without the port', 'CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n', 'RFC 9110 9.3.6'),
  forward(
    'a request before a CONNECT, and nothing behind it',
    `${get()}CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n`,
    seen(LINE),
    'pipelined, RFC 9110 9.3.6',
    { refuse: 501, closes: true },
  ),
]

export const FORWARDING_CASES: readonly RequestCase[] = [
  ...REPLACED,
  ...OTHERS,
  ...MAX_FORWARDS,
  ...OTHER_METHODS,
  ...CONNECT,
  ...CONNECT_BODIES,
]
