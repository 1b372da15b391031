import { expect, test } from 'vitest'
import { stripPrefix } from '../../src/fetch/strip-prefix.ts'

test.each([
  ['/api/users?all=%20', '/api', '/users?all=%20'],
  ['/api/users', '/api/', '/users'],
  ['/api/users', 'api', '/users'],
  ['/a/b/c', '/a/b', '/c'],
  ['/api', '/api', '/'],
  ['/api/', '/api', '/'],
  ['/api?x', '/api', '/?x'],
  ['/api/api', '/api', '/api'],
  ['/%61pi/%2Fx', '/api', '/%2Fx'],
  ['/caf%C3%A9/x', '/café', '/x'],
  ['/%E0/x', '/%E0', '/x'],
  // A path may look like the beginning of another host.
  ['/api//evil.test/x', '/api', '//evil.test/x'],
  ['/apis/users', '/api', '/apis/users'],
  ['/Api/users', '/api', '/Api/users'],
  ['/users/api', '/api', '/users/api'],
  ['/api%2Fusers', '/api', '/api%2Fusers'],
  ['/', '/api', '/'],
  ['/users', '', '/users'],
  ['/users', '/', '/users'],
])('stripPrefix makes of %s without %s %s', (path, prefix, expected) => {
  expect(stripPrefix(new Request(`http://host.test:8080${path}`), prefix).url).toBe(`http://host.test:8080${expected}`)
})

test('stripPrefix keeps method, headers, body and signal', async () => {
  const abort = new AbortController()
  const request = new Request('http://host.test/api/users', {
    method: 'PUT',
    headers: { 'x-name': 'value' },
    body: 'body',
    signal: abort.signal,
  })
  const stripped = stripPrefix(request, '/api')
  expect(stripped).not.toBe(request)
  expect(stripped.method).toBe('PUT')
  expect(stripped.headers.get('x-name')).toBe('value')
  expect(await stripped.text()).toBe('body')
  abort.abort()
  expect(stripped.signal.aborted).toBe(true)
})

test('stripPrefix gives the request itself when there is nothing to strip', () => {
  const request = new Request('http://host.test/users')
  expect(stripPrefix(request, '/api')).toBe(request)
})
