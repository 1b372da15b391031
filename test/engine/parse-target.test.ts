import { describe, expect, test } from 'vitest'
import { parseTarget } from '../../src/engine/parse-target.ts'

describe('parseTarget', () => {
  test.each([
    ['localhost:8080', { host: 'localhost', port: 8080 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    ['http://localhost', { scheme: 'http', host: 'localhost', port: 80 }],
    ['http://localhost:8080/', { scheme: 'http', host: 'localhost', port: 8080 }],
    ['https://example.org', { scheme: 'https', host: 'example.org', port: 443 }],
    ['https://[::1]', { scheme: 'https', host: '::1', port: 443 }],
    ['https://[::1]:8443', { scheme: 'https', host: '::1', port: 8443 }],
    ['tcp://localhost:8080', { scheme: 'tcp', host: 'localhost', port: 8080 }],
    ['binding:API', { scheme: 'binding', host: 'API', port: 0 }],
  ])('reads %s', (text, address) => {
    expect(parseTarget(text)).toEqual(address)
  })

  test.each([
    'localhost',
    'tcp://localhost',
    'http://',
    'http://a/b',
    'ftp://a:1',
    'binding:',
    'binding:a-b',
    'http://a:99999',
    '',
  ])('refuses %j and quotes it', (text) => {
    expect(() => parseTarget(text)).toThrow(JSON.stringify(text))
  })
})
