/** Which server is meant: RFC 9112 3.2, RFC 9110 7.2. */
import { forward, refuse, seen } from '../build-case.ts'
import type { RequestCase } from '../corpus-case.ts'

const LINE = 'GET / HTTP/1.1'
const HOST_CONFUSION = 'Host confusion, RFC 9112 3.2'

const GOOD: readonly RequestCase[] = [
  ['a name', 'example.org'],
  ['a name and a port', 'example.org:8080'],
  ['a name, a colon, and no port', 'example.org:'],
  ['a name in capitals', 'EXAMPLE.org'],
  ['a name with a dot at its end', 'example.org.'],
  ['a name with an underscore', 'a_b.example'],
  ['a percent-encoded name', 'caf%C3%A9.example'],
  ['an IPv4 address', '127.0.0.1:80'],
  ['an IPv6 address', '[::1]'],
  ['an IPv6 address and a port', '[2001:db8::1]:8080'],
  ['an IPv6 address with an IPv4 one in it', '[::ffff:127.0.0.1]'],
  ['the highest port', 'a:65535'],
].map(([name = '', host = '']) =>
  forward(`Host with ${name}`, `${LINE}\r\nHost: ${host}\r\n\r\n`, seen(LINE, [`Host: ${host}`]), 'RFC 9110 7.2'),
)

const FORWARDED: readonly RequestCase[] = [
  ...GOOD,
  forward('an empty Host', `${LINE}\r\nHost:\r\n\r\n`, seen(LINE, ['Host:']), 'RFC 9112 3.2'),
  forward(
    'Host with white space around it',
    `${LINE}\r\nHost: \ta \t\r\n\r\n`,
    seen(LINE, ['Host: \ta \t']),
    'RFC 9112 5',
  ),
  forward(
    'Host behind other fields',
    `${LINE}\r\nX: y\r\nHost: a\r\n\r\n`,
    seen(LINE, ['X: y', 'Host: a']),
    'RFC 9112 3.2',
  ),
  forward('Host by a name in small letters', `${LINE}\r\nhost: a\r\n\r\n`, seen(LINE, ['host: a']), 'RFC 9110 5.1'),
  forward('HTTP/1.0 without Host', 'GET / HTTP/1.0\r\n\r\n', seen(LINE, ['Host: ']), 'RFC 9112 3.2', { closes: true }),
  forward(
    'HTTP/1.0 in absolute form without Host',
    'GET http://b/c HTTP/1.0\r\n\r\n',
    seen('GET /c HTTP/1.1', ['Host: b']),
    'RFC 9112 3.2.2',
    { closes: true },
  ),
  forward(
    'an absolute form with the same port in Host',
    'GET http://a:81/ HTTP/1.1\r\nHost: A:81\r\n\r\n',
    seen(LINE, ['Host: A:81']),
    'RFC 9112 3.2.2',
  ),
  forward(
    'X-Forwarded-Host, which decides nothing here',
    `${LINE}\r\nHost: a\r\nX-Forwarded-Host: b\r\nX-Host: c\r\n\r\n`,
    seen(LINE, ['Host: a', 'X-Host: c']),
    HOST_CONFUSION,
  ),
]

const BAD_HOSTS: readonly RequestCase[] = [
  ['a path', 'a/b'],
  ['a path behind a port', 'a:80/b'],
  ['a slash alone', '/'],
  ['a query', 'a?b'],
  ['a fragment', 'a#b'],
  ['user information', 'user@a'],
  ['user information that looks like the host', 'a:80@b'],
  ['a scheme', 'http://a'],
  ['two names and a comma', 'a, b'],
  ['two names and a comma without a space', 'a,b'],
  ['two names and a space', 'a b'],
  ['two names and a tab', 'a\tb'],
  ['two ports', 'a:80:81'],
  ['a port that is no number', 'a:http'],
  ['a port with a sign', 'a:-80'],
  ['a port in hexadecimal', 'a:0x50'],
  ['a port of six digits', 'a:000080'],
  ['a space before the port', 'a :80'],
  ['a NUL', 'a\0b'],
  ['a backslash', 'a\\b'],
  ['quotes', '"a"'],
  ['a less-than sign', '<a>'],
  ['a pipe', 'a|b'],
  ['a byte of UTF-8', 'caf\xc3\xa9'],
  ['a no-break space', 'a\xa0'],
  ['an IPv6 address without brackets', '::1'],
  ['an open bracket', '[::1'],
  ['a bracket that was not opened', '::1]'],
  ['something behind the bracket', '[::1]a'],
  ['a zone', '[fe80::1%25eth0]'],
  ['no address in the brackets', '[]'],
  ['a name in the brackets', '[a]'],
].map(([name = '', host = '']) =>
  refuse(400, `Host with ${name}`, `${LINE}\r\nHost: ${host}\r\n\r\n`, 'RFC 9110 7.2, RFC 3986 3.2.2'),
)

const CONFUSED: readonly RequestCase[] = [
  ['no Host', `${LINE}\r\nX: y\r\n\r\n`],
  ['no fields at all', `${LINE}\r\n\r\n`],
  ['two Hosts', `${LINE}\r\nHost: a\r\nHost: b\r\n\r\n`],
  ['two Hosts that are the same', `${LINE}\r\nHost: a\r\nHost: a\r\n\r\n`],
  ['two Hosts, one in capitals', `${LINE}\r\nHost: a\r\nHOST: b\r\n\r\n`],
  ['two Hosts, the first empty', `${LINE}\r\nHost:\r\nHost: b\r\n\r\n`],
  ['two Hosts far from each other', `${LINE}\r\nHost: a\r\nX: y\r\nY: z\r\nhost: b\r\n\r\n`],
  ['two Hosts in HTTP/1.0', 'GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n'],
  ['a second Host with a space before the colon', `${LINE}\r\nHost: a\r\nHost : b\r\n\r\n`],
  ['a second Host with a space in front', `${LINE}\r\nHost: a\r\n Host: b\r\n\r\n`],
  ['Host with a NUL behind its name alone', `${LINE}\r\nHost\0: a\r\n\r\n`],
  ['an absolute form with another Host', 'GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['an absolute form with another port', 'GET http://a:81/ HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['an absolute form with a Host that goes on', 'GET http://a/ HTTP/1.1\r\nHost: a.b\r\n\r\n'],
  ['an absolute form with an empty Host', 'GET http://a/ HTTP/1.1\r\nHost:\r\n\r\n'],
  ['an absolute form without Host', 'GET http://a/ HTTP/1.1\r\n\r\n'],
  ['an absolute form of HTTP/1.0 with another Host', 'GET http://b/ HTTP/1.0\r\nHost: a\r\n\r\n'],
].map(([name = '', bytes = '']) => refuse(400, name, bytes, HOST_CONFUSION))

export const HOST_CASES: readonly RequestCase[] = [...FORWARDED, ...BAD_HOSTS, ...CONFUSED]
