/** The request line: RFC 9112 2.2, 3 to 3.2.4. */
import { forward, refuse, seen } from '../build-case.ts'
import type { RequestCase } from '../corpus-case.ts'

const HOST = 'Host: a\r\n\r\n'
const get = (target: string): string => `GET ${target} HTTP/1.1\r\n${HOST}`

const METHODS: readonly RequestCase[] = [
  ['a usual method', 'GET'],
  ['a method that nobody knows', 'FOO'],
  ['a method in small letters, which is another one', 'get'],
  ['a method of all characters that a token has', "!#$%&'*+-.^_`|~09azAZ"],
  ['a method of one letter', 'X'],
  ['a long method', 'A'.repeat(100)],
].map(([name = '', method = '']) =>
  forward(`${name}`, `${method} / HTTP/1.1\r\n${HOST}`, seen(`${method} / HTTP/1.1`), 'RFC 9110 9.1'),
)

const TARGETS: readonly RequestCase[] = [
  ['a query', '/a?b=c&d'],
  ['a question mark alone', '/?'],
  ['two slashes in front', '//a/b'],
  ["dot segments, which are the upstream's to resolve", '/a/../../b'],
  ['percent-encoded bytes, which stay encoded', '/%2e%2e/%00%0d%0a'],
  ['visible characters that URIs have no use for', '/<>"{}|\\^`'],
  ['a semicolon and a colon', '/a;b:c'],
  ['an absolute URL behind a slash', '/http://b/'],
].map(([name = '', target = '']) =>
  forward(`a target with ${name}`, get(target), seen(`GET ${target} HTTP/1.1`), 'RFC 9112 3.2.1'),
)

const FORMS: readonly RequestCase[] = [
  forward('the asterisk form', `OPTIONS * HTTP/1.1\r\n${HOST}`, seen('OPTIONS * HTTP/1.1'), 'RFC 9112 3.2.4'),
  forward('the absolute form', get('http://a/b?c'), seen('GET /b?c HTTP/1.1'), 'RFC 9112 3.2.2'),
  forward('the absolute form of https', get('https://a/b'), seen('GET /b HTTP/1.1'), 'RFC 9112 3.2.2'),
  forward('the absolute form in capitals', get('HTTP://A/b'), seen('GET /b HTTP/1.1'), 'RFC 9110 4.2.3'),
  forward('the absolute form without a path', get('http://a'), seen('GET / HTTP/1.1'), 'RFC 9112 3.2.1'),
  forward('the absolute form with a query alone', get('http://a?b/c'), seen('GET /?b/c HTTP/1.1'), 'RFC 9112 3.2.1'),
  forward(
    'OPTIONS of a whole server in absolute form',
    `OPTIONS http://a HTTP/1.1\r\n${HOST}`,
    seen('OPTIONS * HTTP/1.1'),
    'RFC 9112 3.2.4',
  ),
  forward('one empty line in front', `\r\n${get('/')}`, seen('GET / HTTP/1.1'), 'RFC 9112 2.2'),
  forward('HTTP/1.0', 'GET / HTTP/1.0\r\nHost: a\r\n\r\n', seen('GET / HTTP/1.1'), 'RFC 9112 2.3', { closes: true }),
]

const LINES: readonly RequestCase[] = [
  ['nothing but a line break too many', '\r\n\r\nGET / HTTP/1.1'],
  ['LF in front', '\nGET / HTTP/1.1'],
  ['CR in front', '\rGET / HTTP/1.1'],
  ['CR LF LF in front', '\r\n\nGET / HTTP/1.1'],
  ['a space in front', ' GET / HTTP/1.1'],
  ['a tab in front', '\tGET / HTTP/1.1'],
  ['a NUL in front', '\0GET / HTTP/1.1'],
  ['a byte order mark in front', '\xef\xbb\xbfGET / HTTP/1.1'],
  ['no method', ' / HTTP/1.1'],
  ['a method with a colon', 'GET: / HTTP/1.1'],
  ['a method with a NUL', 'GE\0T / HTTP/1.1'],
  ['a method with a parenthesis', 'GET( / HTTP/1.1'],
  ['a method with a comma', 'GET,POST / HTTP/1.1'],
  ['a method with obs-text', 'G\xc9T / HTTP/1.1'],
  ['two spaces behind the method', 'GET  / HTTP/1.1'],
  ['two spaces behind the target', 'GET /  HTTP/1.1'],
  ['a tab behind the method', 'GET\t/ HTTP/1.1'],
  ['a tab behind the target', 'GET /\tHTTP/1.1'],
  ['a vertical tab behind the method', 'GET\x0b/ HTTP/1.1'],
  ['a no-break space behind the target', 'GET /\xa0HTTP/1.1'],
  ['CR between the parts', 'GET\r/\rHTTP/1.1'],
  ['a space at the end', 'GET / HTTP/1.1 '],
  ['a tab at the end', 'GET / HTTP/1.1\t'],
  ['a second version', 'GET / HTTP/1.1 HTTP/1.1'],
  ['a word too many', 'GET / b HTTP/1.1'],
  ['the method alone', 'GET'],
  ['no version', 'GET /'],
  ['no version, and the space in front of it', 'GET / '],
  ['a version in small letters', 'GET / http/1.1'],
  ['a version of another protocol', 'GET / HTTPS/1.1'],
  ['a version with a space', 'GET / HTTP /1.1'],
  ['a version without a minor number', 'GET / HTTP/1'],
  ['a version with a comma', 'GET / HTTP/1,1'],
  ['a version with a minor number of two digits', 'GET / HTTP/1.11'],
  ['a version with a major number of two digits', 'GET / HTTP/01.1'],
  ['a version with a sign', 'GET / HTTP/+1.1'],
  ['a version with a letter', 'GET / HTTP/1.x'],
  ['CR CR LF at the end', 'GET / HTTP/1.1\r'],
  ['a NUL at the end', 'GET / HTTP/1.1\0'],
].map(([name = '', line = '']) => refuse(400, `a request line with ${name}`, `${line}\r\n${HOST}`, 'RFC 9112 3'))

const BAD_TARGETS: readonly RequestCase[] = [
  ['no slash in front', 'index.html'],
  ['nothing in it', ''],
  ['a fragment', '/a#b'],
  ['a NUL', '/a\0b'],
  ['a DEL', '/a\x7fb'],
  ['a control character', '/a\x01b'],
  ['a byte of UTF-8', '/caf\xc3\xa9'],
  ['a byte beyond ASCII', '/\xff'],
  ['a bare CR', '/a\rb'],
  ['a bare LF and a field behind it', '/a\nX: y'],
  ['an asterisk for a method other than OPTIONS', '*'],
  ['an asterisk and more', '*/a'],
  ['user information', 'http://user@a/'],
  ['user information and a password', 'http://user:password@a/'],
  ['user information that looks like the host', 'http://a@b/'],
  ['no host', 'http:///b'],
  ['no host but a port', 'http://:80/b'],
  ['one slash behind the scheme', 'http:/a/b'],
  ['no slashes behind the scheme', 'http:a'],
  ['a scheme that is not HTTP', 'ftp://a/b'],
  ['a script for a scheme', 'javascript:alert(1)'],
  ['a file for a scheme', 'file:///etc/passwd'],
  ['a backslash in the authority', 'http://a\\@b/'],
  ['a port that is no number', 'http://a:b/'],
  ['a fragment behind the authority', 'http://a#b'],
  ['an authority alone', 'a:80'],
  ['a scheme without a host, relative', '://a/'],
].map(([name = '', target = '']) => refuse(400, `a target with ${name}`, get(target), 'RFC 9112 3.2'))

const OTHER_PROTOCOLS: readonly RequestCase[] = [
  refuse(400, 'a ClientHello of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', 'RFC 9112 2.2'),
  refuse(400, 'the greeting of SSH', 'SSH-2.0-client\r\n\r\n', 'RFC 9112 2.2'),
  refuse(400, 'the greeting of SMTP', `EHLO a\r\n${HOST}`, 'RFC 9112 2.2'),
  refuse(400, 'the header of the PROXY protocol', `PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n${get('/')}`, 'RFC 9112 2.2'),
  refuse(400, 'an answer in place of a request', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 'response splitting'),
  refuse(505, 'the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'RFC 9113 3.4'),
  refuse(505, 'HTTP/2.0', `GET / HTTP/2.0\r\n${HOST}`, 'RFC 9112 2.3'),
  refuse(505, 'HTTP/3.0', `GET / HTTP/3.0\r\n${HOST}`, 'RFC 9112 2.3'),
  refuse(505, 'HTTP/1.2', `GET / HTTP/1.2\r\n${HOST}`, 'RFC 9112 2.3'),
  refuse(505, 'HTTP/0.9 by name', `GET / HTTP/0.9\r\n${HOST}`, 'RFC 9112 2.3'),
  refuse(
    501,
    'CONNECT, where no tunnels are accepted',
    'CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n',
    'RFC 9112 3.2.3',
  ),
  refuse(400, 'CONNECT without a port', `CONNECT b HTTP/1.1\r\n${HOST}`, 'RFC 9112 3.2.3'),
  refuse(400, 'CONNECT with a path', `CONNECT /b HTTP/1.1\r\n${HOST}`, 'RFC 9112 3.2.3'),
  refuse(400, 'CONNECT with the port 0', 'CONNECT b:0 HTTP/1.1\r\nHost: b:0\r\n\r\n', 'RFC 9110 9.3.6'),
]

export const REQUEST_LINE_CASES: readonly RequestCase[] = [
  ...METHODS,
  ...TARGETS,
  ...FORMS,
  ...LINES,
  ...BAD_TARGETS,
  ...OTHER_PROTOCOLS,
]
