/** Leave to send the body, and other protocols that are asked for: RFC 9110 10.1.1 and 7.8. */
import { forward, refuse, seen, seenChunked, SMUGGLED } from '../build-case.ts'
import type { RequestCase } from '../corpus-case.ts'

const LINE = 'POST / HTTP/1.1'
const EXPECT = '0.CL by Expect, RFC 9110 10.1.1'
const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket']
const post = (field: string): string => `${LINE}\r\nHost: a\r\n${field}\r\nContent-Length: 5\r\n\r\nhello`

export const EXPECT_CASES: readonly RequestCase[] = [
  forward(
    'Expect and a body that does not wait',
    post('Expect: 100-continue'),
    seen(LINE, ['Host: a', 'Expect: 100-continue'], 'hello'),
    EXPECT,
  ),
  forward(
    'Expect and chunks that do not wait',
    `${LINE}\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    seenChunked(LINE, ['Host: a', 'Expect: 100-continue'], 'hello'),
    EXPECT,
  ),
  forward(
    'Expect of something else',
    post('Expect: y 100-continue'),
    seen(LINE, ['Host: a', 'Expect: y 100-continue'], 'hello'),
    EXPECT,
  ),
  forward(
    'Expect of leave and something else',
    post('Expect: 100-continue, x'),
    seen(LINE, ['Host: a', 'Expect: 100-continue, x'], 'hello'),
    EXPECT,
  ),
  forward(
    'Expect without a body',
    'GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n',
    seen('GET / HTTP/1.1', ['Host: a', 'Expect: 100-continue']),
    EXPECT,
  ),
  forward(
    'Expect of GET with a body',
    'GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello',
    seen('GET / HTTP/1.1', ['Host: a', 'Expect: 100-continue'], 'hello'),
    EXPECT,
  ),
  refuse(400, 'Expect that is folded', post('Expect:\r\n 100-continue'), EXPECT),
  refuse(400, 'Expect with a NUL', post('Expect: 100-continue\0'), EXPECT),
  forward(
    'an upgrade to HTTP/2 in plain text, which is not asked for further on',
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n',
    seen('GET / HTTP/1.1'),
    'h2c smuggling, RFC 9113 3.1',
  ),
  forward(
    'an upgrade to HTTP/2 that Connection does not name',
    'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n',
    seen('GET / HTTP/1.1'),
    'h2c smuggling, RFC 9110 7.8',
  ),
  forward(
    'an upgrade that the upstream does not take, and a request behind it',
    `GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n`,
    [seen('GET / HTTP/1.1', ['Host: a', ...UPGRADE]), seen('GET /2 HTTP/1.1')],
    'WebSocket smuggling, RFC 9110 7.8',
  ),
  forward(
    'an upgrade that the upstream does not take, and no HTTP behind it',
    `GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x05hello\r\n\r\n${SMUGGLED}`,
    seen('GET / HTTP/1.1', ['Host: a', ...UPGRADE]),
    'WebSocket smuggling, RFC 9110 7.8',
    { refuse: 400, closes: true },
  ),
  forward(
    'an upgrade with a body, which is not asked for further on',
    `POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\nhello`,
    seen('POST / HTTP/1.1', ['Host: a'], 'hello'),
    'WebSocket smuggling, RFC 9110 7.8',
  ),
  forward(
    'an upgrade in HTTP/1.0',
    `GET / HTTP/1.0\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    seen('GET / HTTP/1.1'),
    'RFC 9110 7.8',
    { closes: true },
  ),
  ...['5\r\nhello\r\n', ''].map((chunk) =>
    forward(
      `an upgrade with ${chunk === '' ? 'no chunk but the last' : 'chunks'}, which is not asked for further on`,
      `POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}0\r\n\r\n`,
      seenChunked('POST / HTTP/1.1', ['Host: a'], chunk === '' ? '' : 'hello'),
      'WebSocket smuggling, RFC 9110 7.8',
    ),
  ),
]
